//! `GET /v1/sql/tables`: what can be asked.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tillstream_sql::{About, ColumnAbout};
use utoipa::ToSchema;

use crate::AppState;
use crate::http::params::{self, Strict};
use crate::http::problem::Problem;

/// A column.
#[derive(Debug, Serialize, ToSchema)]
struct SqlTableColumn {
    /// Its name.
    #[schema(example = "gross_revenue")]
    name: String,
    /// Its Arrow type.
    #[schema(example = "Decimal128(19, 4)")]
    r#type: String,
    /// Whether it may be null.
    nullable: bool,
    /// What it means.
    #[schema(example = "Worth of the lines sold.")]
    comment: String,
}

/// A table.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SqlTable {
    /// Its name.
    #[schema(example = "revenue_by_hour")]
    name: String,
    /// What its rows are.
    comment: String,
    /// Its columns.
    columns: Vec<SqlTableColumn>,
    /// The columns of its primary key.
    primary_key: Vec<String>,
    /// Columns by which rows are found without reading the others.
    found_by: Vec<String>,
}

/// All tables.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SqlTables {
    /// By name.
    tables: Vec<SqlTable>,
}

impl From<&ColumnAbout> for SqlTableColumn {
    fn from(column: &ColumnAbout) -> Self {
        Self {
            name: column.name.clone(),
            r#type: column.kind.data_type().to_string(),
            nullable: column.nullable,
            comment: column.comment.clone(),
        }
    }
}

impl From<&About> for SqlTable {
    fn from(about: &About) -> Self {
        Self {
            name: about.name.clone(),
            comment: about.comment.clone(),
            columns: about.columns.iter().map(SqlTableColumn::from).collect(),
            primary_key: about.key.clone(),
            found_by: about.found_by.clone(),
        }
    }
}

/// The tables SQL knows, with their columns and comments.
#[utoipa::path(get, path = "/v1/sql/tables", tag = "sql", operation_id = "listSqlTables", responses(
    (status = 200, description = "the tables", body = SqlTables),
    (status = 400, description = "unknown parameter", body = Problem),
))]
pub(crate) async fn tables(State(state): State<AppState>, _: Strict<params::Nothing>) -> Json<SqlTables> {
    Json(SqlTables { tables: state.sql().tables().iter().map(SqlTable::from).collect() })
}
