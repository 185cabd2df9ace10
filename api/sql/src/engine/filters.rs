//! What a filter says about a single column, as far as tables can use it.

use std::collections::BTreeSet;

use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{Between, BinaryExpr, Expr, Like, Operator};

use crate::tables::{About, Bound, Kind, Literal};

/// The column a filter is about and what it wants of it; `None` where tables cannot use it.
pub(crate) fn bound(filter: &Expr, about: &About) -> Option<(String, Bound)> {
    let (column, bound) = of(filter)?;
    about.found_by.contains(&column).then_some((column, bound))
}

fn of(filter: &Expr) -> Option<(String, Bound)> {
    match filter {
        Expr::BinaryExpr(binary) => of_binary(binary),
        Expr::Between(Between { expr, negated: false, low, high }) => {
            let (from, to) = (literal(low)?, literal(high)?);
            Some((column(expr)?, Bound { from: Some(from), to: Some(to), ..Bound::default() }))
        }
        Expr::InList(InList { expr, list, negated: false }) => {
            let equals: Option<BTreeSet<Literal>> = list.iter().map(literal).collect();
            Some((column(expr)?, Bound { equals: Some(equals?), ..Bound::default() }))
        }
        Expr::Like(Like { negated: false, expr, pattern, escape_char: None, case_insensitive: false }) => {
            let Literal::Text(pattern) = literal(pattern)? else { return None };
            let prefix: String = pattern.chars().take_while(|sign| !"%_\\".contains(*sign)).collect();
            (!prefix.is_empty()).then_some((column(expr)?, Bound { prefix: Some(prefix), ..Bound::default() }))
        }
        _ => None,
    }
}

fn of_binary(binary: &BinaryExpr) -> Option<(String, Bound)> {
    let BinaryExpr { left, op, right } = binary;
    match op {
        Operator::Or => either(of(left)?, of(right)?),
        Operator::And => {
            let ((a, left), (b, right)) = (of(left)?, of(right)?);
            (a == b).then(|| (a, left.and(right)))
        }
        _ => match (column(left), literal(right)) {
            (Some(column), Some(value)) => Some((column, compared(*op, value)?)),
            _ => Some((column(right)?, compared(op.swap()?, literal(left)?)?)),
        },
    }
}

/// Both want single values of one column.
fn either(a: (String, Bound), b: (String, Bound)) -> Option<(String, Bound)> {
    let only = |bound: Bound| match bound {
        Bound { equals: Some(equals), from: None, to: None, prefix: None } => Some(equals),
        _ => None,
    };
    if a.0 != b.0 {
        return None;
    }
    let mut equals = only(a.1)?;
    equals.extend(only(b.1)?);
    Some((a.0, Bound { equals: Some(equals), ..Bound::default() }))
}

/// Ends are taken as included: a row too many is looked at again.
fn compared(op: Operator, value: Literal) -> Option<Bound> {
    Some(match op {
        Operator::Eq => Bound { equals: Some(BTreeSet::from([value])), ..Bound::default() },
        Operator::Gt | Operator::GtEq => Bound { from: Some(value), ..Bound::default() },
        Operator::Lt | Operator::LtEq => Bound { to: Some(value), ..Bound::default() },
        _ => return None,
    })
}

fn column(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Column(column) => Some(column.name.clone()),
        Expr::Alias(alias) => column(&alias.expr),
        _ => None,
    }
}

/// Times are milliseconds here. A finer one is rounded down, which takes in what it should as a beginning and as an end.
fn literal(expr: &Expr) -> Option<Literal> {
    let Expr::Literal(value, _) = expr else { return None };
    Some(match value {
        ScalarValue::Utf8(Some(text)) | ScalarValue::Utf8View(Some(text)) | ScalarValue::LargeUtf8(Some(text)) => {
            Literal::Text(text.clone())
        }
        ScalarValue::Int64(Some(number)) => Literal::Integer(*number),
        ScalarValue::Int32(Some(number)) => Literal::Integer(i64::from(*number)),
        ScalarValue::TimestampMillisecond(Some(at), _) => Literal::Integer(*at),
        ScalarValue::TimestampSecond(Some(at), _) => Literal::Integer(at.checked_mul(1_000)?),
        ScalarValue::TimestampMicrosecond(Some(at), _) => Literal::Integer(at.div_euclid(1_000)),
        ScalarValue::TimestampNanosecond(Some(at), _) => Literal::Integer(at.div_euclid(1_000_000)),
        _ => return None,
    })
}

/// Whether the bound compares with what the column holds.
pub(crate) fn fits(bound: &Bound, column: &str, about: &About) -> bool {
    let kind = about.columns.iter().find(|known| known.name == column).map(|known| known.kind);
    let right = |literal: &Literal| match literal {
        Literal::Text(_) => kind == Some(Kind::Text),
        Literal::Integer(_) => matches!(kind, Some(Kind::Integer | Kind::Time)),
    };
    let ends = bound.from.iter().chain(&bound.to).chain(bound.equals.iter().flatten());
    ends.into_iter().all(right) && (bound.prefix.is_none() || kind == Some(Kind::Text))
}
