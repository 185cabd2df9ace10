//! What Postgres clients ask of the catalogue, rewritten into what there is of it. Never what people ask of the tables: where the
//! catalogue lacks something the rules put null in its place.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::LazyLock;

use datafusion::common::DataFusionError;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    Expr, Query, SetExpr, Statement as Sql, TableFactor, Value, Visit, VisitMut, Visitor, VisitorMut,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion_postgres::datafusion_pg_catalog::sql::PostgresCompatibilityParser;

/// The statement of a query about the catalogue.
pub(super) fn parse(query: &str) -> Result<Statement, DataFusionError> {
    static PARSER: LazyLock<PostgresCompatibilityParser> = LazyLock::new(PostgresCompatibilityParser::new);
    let first = PARSER.parse(query)?.into_iter().next();
    let mut statement = first.ok_or_else(|| DataFusionError::Plan("there is no query".to_owned()))?;
    let _ = VisitMut::visit(&mut statement, &mut NoCorrelation);
    let _ = VisitMut::visit(&mut statement, &mut PostgresTypes);
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

/// The columns of all tables, with their types by the names Postgres has for them.
const COLUMNS: &str = "SELECT * FROM (SELECT *, 'pg_catalog' AS udt_schema, CASE udt_name
    WHEN 'int8' THEN 'bigint' WHEN 'int4' THEN 'integer' WHEN 'float8' THEN 'double precision'
    WHEN 'timestamptz' THEN 'timestamp with time zone' WHEN 'bool' THEN 'boolean' ELSE udt_name END AS data_type
  FROM (SELECT table_catalog, table_schema, table_name, column_name, ordinal_position + 1 AS ordinal_position, column_default, is_nullable,
    character_maximum_length, character_octet_length, numeric_precision, numeric_precision_radix, numeric_scale,
    datetime_precision, interval_type, CASE
    WHEN data_type IN ('Utf8', 'LargeUtf8', 'Utf8View') THEN 'text' WHEN data_type IN ('Int64', 'UInt64') THEN 'int8'
    WHEN data_type LIKE 'Int%' OR data_type LIKE 'UInt%' THEN 'int4' WHEN data_type LIKE 'Float%' THEN 'float8'
    WHEN data_type LIKE 'Decimal%' THEN 'numeric' WHEN data_type LIKE 'Timestamp%' THEN 'timestamptz'
    WHEN data_type = 'Boolean' THEN 'bool' ELSE lower(data_type) END AS udt_name
  FROM information_schema.columns)) AS columns";

/// Puts these columns in the place of the engine's, which tells its own names of types.
struct PostgresTypes;

impl VisitorMut for PostgresTypes {
    type Break = ();

    fn post_visit_table_factor(&mut self, table: &mut TableFactor) -> ControlFlow<()> {
        let TableFactor::Table { name, alias, .. } = table else { return ControlFlow::Continue(()) };
        if !name.to_string().eq_ignore_ascii_case("information_schema.columns") {
            return ControlFlow::Continue(());
        }
        let known = alias.take();
        if let Some(TableFactor::Derived { lateral, subquery, alias, sample }) = columns() {
            let alias = known.or(alias);
            *table = TableFactor::Derived { lateral, subquery, alias, sample };
        }
        ControlFlow::Continue(())
    }
}

/// [`COLUMNS`] as a table to read from.
fn columns() -> Option<TableFactor> {
    let parsed = Parser::parse_sql(&GenericDialect {}, COLUMNS).ok()?.pop()?;
    let Sql::Query(query) = parsed else { return None };
    let SetExpr::Select(mut select) = *query.body else { return None };
    select.from.pop().map(|table| table.relation)
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
