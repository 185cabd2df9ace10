//! Names of columns that a query does not name.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    Expr, Ident, Query, Select, SelectItem, SetExpr, Visit, VisitMut, Visitor, VisitorMut,
};

/// Longest name that is made up, in characters: what Postgres takes.
const LONGEST: usize = 63;

/// Names the columns that would have the name of an earlier one: two counts, two subqueries, a column beside `*`. The engine refuses
/// those, other databases do not.
pub(super) fn make_unique(statement: &mut Statement) {
    match statement {
        Statement::Statement(statement) => drop(VisitMut::visit(statement, &mut Unique)),
        Statement::Explain(explain) => make_unique(&mut explain.statement),
        _ => {}
    }
}

struct Unique;

impl VisitorMut for Unique {
    type Break = ();

    fn post_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        let with_all = select.projection.iter().any(|item| matches!(item, SelectItem::Wildcard(_)));
        let mut taken = Taken::default();
        for item in &mut select.projection {
            match item {
                SelectItem::ExprWithAlias { alias, .. } => {
                    if let Some(other) = taken.other_for(&alias.value, false) {
                        *alias = Ident::with_quote('"', other);
                    }
                }
                SelectItem::UnnamedExpr(expr) => {
                    let (name, is_column) = (name(expr), is_column(expr));
                    if with_all && is_column {
                        taken.take(&name, true);
                    }
                    let other = taken.other_for(&name, is_column).or_else(|| holds_query(expr).then_some(name));
                    if let Some(other) = other {
                        let (expr, alias) = (expr.clone(), Ident::with_quote('"', other));
                        *item = SelectItem::ExprWithAlias { expr, alias };
                    }
                }
                _ => {}
            }
        }
        ControlFlow::Continue(())
    }
}

/// How often each name occurs. A column of a table has the table's name in front: it is not mistaken for anything else.
#[derive(Default)]
struct Taken(BTreeMap<(bool, String), usize>);

impl Taken {
    fn take(&mut self, name: &str, is_column: bool) -> usize {
        let count = self.0.entry((is_column, name.to_lowercase())).or_default();
        *count += 1;
        *count
    }

    /// Another name where this one is taken.
    fn other_for(&mut self, name: &str, is_column: bool) -> Option<String> {
        let count = self.take(name, is_column);
        (count > 1).then(|| format!("{name}_{count}"))
    }
}

/// What a column is called that has no name: as its query's column where it is a query, as it is written otherwise.
fn name(expr: &Expr) -> String {
    let text = match expr {
        Expr::Subquery(query) => inner_name(query).unwrap_or_else(|| query.to_string()),
        other => other.to_string(),
    };
    text.chars().take(LONGEST).collect()
}

fn inner_name(query: &Query) -> Option<String> {
    let SetExpr::Select(select) = &*query.body else { return None };
    match select.projection.first()? {
        SelectItem::ExprWithAlias { alias, .. } => Some(alias.value.clone()),
        SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts)) => parts.last().map(|part| part.value.clone()),
        SelectItem::UnnamedExpr(expr) => Some(name(expr)),
        _ => None,
    }
}

fn is_column(expr: &Expr) -> bool {
    matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_))
}

fn holds_query(expr: &Expr) -> bool {
    struct Found;
    impl Visitor for Found {
        type Break = ();

        fn pre_visit_query(&mut self, _query: &Query) -> ControlFlow<()> {
            ControlFlow::Break(())
        }
    }
    Visit::visit(expr, &mut Found).is_break()
}

#[cfg(test)]
mod tests {
    use datafusion::sql::parser::DFParser;

    use super::*;

    fn rewritten(query: &str) -> String {
        let mut statement = DFParser::parse_sql(query).unwrap().pop_front().unwrap();
        make_unique(&mut statement);
        statement.to_string()
    }

    #[test]
    fn columns_of_the_same_name_get_numbers() {
        for (query, expected) in [
            ("SELECT count(*), COUNT(*) FROM t", r#"SELECT count(*), COUNT(*) AS "COUNT(*)_2" FROM t"#),
            ("SELECT a, b, a FROM t", r#"SELECT a, b, a AS "a_2" FROM t"#),
            ("SELECT *, a FROM t", r#"SELECT *, a AS "a_2" FROM t"#),
            ("SELECT t.*, a FROM t", "SELECT t.*, a FROM t"),
            ("SELECT x AS a, a FROM t", "SELECT x AS a, a FROM t"),
            ("SELECT x AS a, y AS a FROM t", r#"SELECT x AS a, y AS "a_2" FROM t"#),
            ("SELECT a.id, b.id FROM a, b", "SELECT a.id, b.id FROM a, b"),
            ("EXPLAIN SELECT 1, 1", r#"EXPLAIN SELECT 1, 1 AS "1_2""#),
        ] {
            assert_eq!(rewritten(query), expected);
        }
    }

    #[test]
    fn subqueries_are_called_as_their_columns() {
        assert_eq!(
            rewritten("SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b), (SELECT max(x) AS most FROM c)"),
            r#"SELECT (SELECT count(*) FROM a) AS "count(*)", (SELECT count(*) FROM b) AS "count(*)_2", (SELECT max(x) AS most FROM c) AS "most""#
        );
        assert_eq!(
            rewritten("SELECT 1 + (SELECT 2), 1 + (SELECT 3)"),
            r#"SELECT 1 + (SELECT 2) AS "1 + (SELECT 2)", 1 + (SELECT 3) AS "1 + (SELECT 3)""#
        );
    }
}
