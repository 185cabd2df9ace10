//! What is told about a table: to users, to planners, to other processes.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{Field, Schema, SchemaRef};
use serde::{Deserialize, Serialize};

use super::column::{Column, Kind};

/// The key under which a column's comment stands in its Arrow field.
const COMMENT: &str = "comment";

/// A column, as it is told about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnAbout {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Whether it may be null.
    pub nullable: bool,
    /// What it means.
    pub comment: String,
}

/// A table, as it is told about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Its name.
    pub name: String,
    /// What its rows are.
    pub comment: String,
    /// Its columns.
    pub columns: Vec<ColumnAbout>,
    /// The columns of its primary key.
    pub key: Vec<String>,
    /// Columns by which rows are found without reading the others.
    pub found_by: Vec<String>,
    /// Into how many parts it can be read side by side, at most.
    pub parts: usize,
}

impl About {
    /// A table with these columns; the first `key` of them are its primary key.
    pub(crate) fn new<R: ?Sized>(
        name: impl Into<String>,
        comment: &str,
        columns: &[Column<R>],
        key: usize,
        found_by: &[&str],
    ) -> Self {
        let about = |column: &Column<R>| ColumnAbout {
            name: column.name.to_string(),
            kind: column.kind,
            nullable: column.nullable,
            comment: column.comment.to_string(),
        };
        Self {
            name: name.into(),
            comment: comment.to_owned(),
            columns: columns.iter().map(about).collect(),
            key: columns.iter().take(key).map(|column| column.name.to_string()).collect(),
            found_by: found_by.iter().map(|name| (*name).to_owned()).collect(),
            parts: 1,
        }
    }

    /// The same, read in as many parts side by side.
    pub(crate) fn in_parts(self, parts: usize) -> Self {
        Self { parts, ..self }
    }

    /// The Arrow schema, with the columns' comments as metadata.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        let field = |column: &ColumnAbout| {
            Field::new(&column.name, column.kind.data_type(), column.nullable)
                .with_metadata(HashMap::from([(COMMENT.to_owned(), column.comment.clone())]))
        };
        let fields: Vec<Field> = self.columns.iter().map(field).collect();
        Arc::new(Schema::new(fields))
    }

    /// The primary key's columns by number.
    pub(crate) fn key_places(&self) -> Vec<usize> {
        let place = |name: &String| self.columns.iter().position(|column| column.name == *name);
        self.key.iter().filter_map(place).collect()
    }
}
