//! What Postgres clients ask of the catalogue, rewritten into what there is of it. Never what people ask of the tables: where the
//! catalogue lacks something the rules put null in its place.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::LazyLock;

use datafusion::common::DataFusionError;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{Expr, Query, TableFactor, Value, Visit, VisitMut, Visitor, VisitorMut};
use datafusion_postgres::datafusion_pg_catalog::sql::PostgresCompatibilityParser;

/// The statement of a query about the catalogue.
pub(super) fn parse(query: &str) -> Result<Statement, DataFusionError> {
    static PARSER: LazyLock<PostgresCompatibilityParser> = LazyLock::new(PostgresCompatibilityParser::new);
    let first = PARSER.parse(query)?.into_iter().next();
    let mut statement = first.ok_or_else(|| DataFusionError::Plan("there is no query".to_owned()))?;
    let _ = VisitMut::visit(&mut statement, &mut NoCorrelation);
    Ok(Statement::Statement(Box::new(statement)))
}

/// Puts null in the place of subqueries that look at the row around them, as reflection does for defaults, sequences and
/// collations: there are none of those, and such subqueries the engine does not take.
struct NoCorrelation;

impl VisitorMut for NoCorrelation {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::Subquery(query) = expr
            && is_correlated(query)
        {
            *expr = Expr::Value(Value::Null.with_empty_span());
        }
        ControlFlow::Continue(())
    }
}

fn is_correlated(query: &Query) -> bool {
    let mut names = Names::default();
    let _ = Visit::visit(query, &mut names);
    names.used.iter().any(|name| !names.tables.contains(name))
}

/// The tables of a query, and those its columns are named of.
#[derive(Default)]
struct Names {
    tables: BTreeSet<String>,
    used: BTreeSet<String>,
}

impl Visitor for Names {
    type Break = ();

    fn pre_visit_table_factor(&mut self, table: &TableFactor) -> ControlFlow<()> {
        if let TableFactor::Table { name, alias, .. } = table {
            let own = name.0.last().and_then(|part| part.as_ident()).map(|ident| ident.value.clone());
            self.tables.extend(alias.as_ref().map(|alias| alias.name.value.clone()).or(own));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if let Expr::CompoundIdentifier(parts) = expr
            && let [.., table, _] = parts.as_slice()
        {
            self.used.insert(table.value.clone());
        }
        ControlFlow::Continue(())
    }
}
