//! Lengths of time compared with intervals.

use datafusion::arrow::array::types::IntervalMonthDayNano;
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result, ScalarValue, plan_err};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Between, BinaryExpr, Expr, ExprSchemable as _, LogicalPlan, Operator, cast};
use datafusion::optimizer::AnalyzerRule;

const NANOSECONDS_OF_A_DAY: i64 = 86_400_000_000_000;

/// Compares the difference of two times with an interval by its length.
///
/// Left alone, both become intervals of months, days and nanoseconds, which are compared part by part: 90,000 seconds would be less
/// than one day, because they are no days.
#[derive(Debug)]
pub(super) struct Lengths;

impl AnalyzerRule for Lengths {
    fn name(&self) -> &'static str {
        "lengths"
    }

    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        plan.transform_up_with_subqueries(|plan| {
            let schema = merge_schema(&plan.inputs());
            let names = NamePreserver::new(&plan);
            plan.map_expressions(|expression| {
                let name = names.save(&expression);
                let compared = expression.transform_up(|expression| compare(expression, &schema))?;
                Ok(compared.update_data(|expression| name.restore(expression)))
            })
        })
        .map(|plan| plan.data)
    }
}

fn compare(expression: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    match expression {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if is_comparison(op) => {
            let Some([left, right]) = alike([&left, &right], schema)? else {
                return Ok(Transformed::no(Expr::BinaryExpr(BinaryExpr { left, op, right })));
            };
            Ok(Transformed::yes(Expr::BinaryExpr(BinaryExpr::new(Box::new(left), op, Box::new(right)))))
        }
        Expr::Between(between) => {
            let Some([expr, low, high]) = alike([&between.expr, &between.low, &between.high], schema)? else {
                return Ok(Transformed::no(Expr::Between(between)));
            };
            let between = Between::new(Box::new(expr), between.negated, Box::new(low), Box::new(high));
            Ok(Transformed::yes(Expr::Between(between)))
        }
        other => Ok(Transformed::no(other)),
    }
}

fn is_comparison(op: Operator) -> bool {
    use Operator::{Eq, Gt, GtEq, IsDistinctFrom, IsNotDistinctFrom, Lt, LtEq, NotEq};
    matches!(op, Eq | NotEq | Lt | LtEq | Gt | GtEq | IsDistinctFrom | IsNotDistinctFrom)
}

/// The operands as lengths; `None` unless there are lengths as well as intervals among them.
fn alike<const N: usize>(operands: [&Expr; N], schema: &DFSchema) -> Result<Option<[Expr; N]>> {
    // What has no type here has an error of its own later.
    let kinds = operands.map(|operand| operand.get_type(schema).ok());
    let any = |wanted: fn(&DataType) -> bool| kinds.iter().flatten().any(wanted);
    if !any(|kind| matches!(kind, DataType::Duration(_))) || !any(|kind| matches!(kind, DataType::Interval(_))) {
        return Ok(None);
    }
    let mut lengths = operands.map(Clone::clone);
    for length in &mut lengths {
        *length = self::length(length, schema)?;
    }
    Ok(Some(lengths))
}

fn length(operand: &Expr, schema: &DFSchema) -> Result<Expr> {
    match operand {
        Expr::Literal(ScalarValue::IntervalMonthDayNano(Some(interval)), _) => nanoseconds(*interval),
        _ if matches!(operand.get_type(schema), Ok(DataType::Interval(_))) => {
            plan_err!("a length of time is compared with a plain interval, such as INTERVAL '36 hours'")
        }
        _ => Ok(cast(operand.clone(), DataType::Duration(TimeUnit::Nanosecond))),
    }
}

fn nanoseconds(interval: IntervalMonthDayNano) -> Result<Expr> {
    if interval.months != 0 {
        return plan_err!("months have no fixed length: compare with days, such as INTERVAL '30 days'");
    }
    let days = NANOSECONDS_OF_A_DAY.checked_mul(i64::from(interval.days));
    match days.and_then(|days| days.checked_add(interval.nanoseconds)) {
        Some(length) => Ok(Expr::Literal(ScalarValue::DurationNanosecond(Some(length)), None)),
        None => plan_err!("the interval is too long: at most 292 years can be compared"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{Array as _, AsArray};
    use datafusion::execution::session_state::SessionStateBuilder;
    use datafusion::optimizer::Analyzer;
    use datafusion::prelude::{SessionConfig, SessionContext};

    use super::*;

    async fn ask(condition: &str) -> Result<Option<bool>> {
        let rules = [vec![Arc::new(Lengths) as _], Analyzer::new().rules].concat();
        let state = SessionStateBuilder::new_with_default_features().with_config(SessionConfig::new());
        let context = SessionContext::new_with_state(state.with_analyzer_rules(rules).build());
        let times = "SELECT TIMESTAMP '2011-01-03 01:00:00' AS later, TIMESTAMP '2011-01-01 00:00:00' AS sooner";
        let found = context.sql(&format!("SELECT {condition} FROM ({times})")).await?.collect().await?;
        let column = found.first().unwrap().column(0).as_boolean();
        Ok((!column.is_null(0)).then(|| column.value(0)))
    }

    #[tokio::test]
    async fn a_difference_of_times_is_compared_by_its_length() {
        for (condition, truth) in [
            ("later - sooner > INTERVAL '1 day'", true),
            ("later - sooner > INTERVAL '2 days'", true),
            ("later - sooner = INTERVAL '49 hours'", true),
            ("later - sooner = INTERVAL '2 days 1 hour'", true),
            ("INTERVAL '2 days 3600001 milliseconds' > later - sooner", true),
            ("later - sooner BETWEEN INTERVAL '1 day' AND INTERVAL '2 days'", false),
            ("later - sooner NOT BETWEEN INTERVAL '1 day' AND INTERVAL '50 hours'", false),
            ("CASE WHEN later - sooner < INTERVAL '3 days' THEN true ELSE false END", true),
            ("(SELECT max(TIMESTAMP '2011-01-03' - TIMESTAMP '2011-01-01')) > INTERVAL '1 day'", true),
            ("sooner - later < INTERVAL '-2 days'", true),
        ] {
            assert_eq!(ask(condition).await.unwrap(), Some(truth), "{condition}");
        }
    }

    #[tokio::test]
    async fn what_has_no_length_is_refused() {
        let months = ask("later - sooner < INTERVAL '1 month'").await.unwrap_err().to_string();
        assert!(months.contains("INTERVAL '30 days'"), "{months}");
        let sum = ask("later - sooner < INTERVAL '1 day' + INTERVAL '1 hour'").await.unwrap_err().to_string();
        assert!(sum.contains("plain interval"), "{sum}");
    }
}
