//! Which statements there are: those that read.

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::Statement as Sql;

use crate::error::{ErrorKind, SqlError};

/// Refuses whatever does something else than read. It lists what is allowed, so that what is new is refused.
pub(crate) fn check(statement: &Statement) -> Result<(), SqlError> {
    match statement {
        Statement::Statement(statement) => check_sql(statement),
        Statement::Explain(explain) => check(&explain.statement),
        Statement::CreateExternalTable(_) => Err(forbidden("CREATE EXTERNAL TABLE")),
        Statement::CopyTo(_) => Err(forbidden("COPY")),
        Statement::Reset(_) => Err(forbidden("RESET")),
    }
}

fn check_sql(statement: &Sql) -> Result<(), SqlError> {
    match statement {
        Sql::Query(_)
        | Sql::ShowTables { .. }
        | Sql::ShowColumns { .. }
        | Sql::ShowFunctions { .. }
        | Sql::ShowVariable { .. }
        | Sql::ExplainTable { .. } => Ok(()),
        Sql::Explain { statement, .. } => check_sql(statement),
        other => {
            let text = other.to_string();
            let words: Vec<&str> = text.split_whitespace().take(2).collect();
            Err(forbidden(&words.join(" ")))
        }
    }
}

fn forbidden(what: &str) -> SqlError {
    let what: String = what.chars().take(40).collect();
    SqlError::new(ErrorKind::Forbidden, format!("{what} is not allowed here: SQL reads, it never changes anything"))
        .with_hint("SELECT, WITH, VALUES, EXPLAIN, SHOW TABLES, SHOW COLUMNS and DESCRIBE are")
}
