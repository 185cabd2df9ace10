//! A query on its way, and what comes back of it.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::SqlError;
use crate::formats::Format;

/// Values for the placeholders of a query, as JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Params {
    /// For `$1`, `$2`, …
    List(Vec<Value>),
    /// For `$name`.
    Named(BTreeMap<String, Value>),
}

impl Default for Params {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

/// Whose SQL it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Dialect {
    /// A person's or a program's.
    #[default]
    Plain,
    /// A Postgres client's: with its catalogue and functions, and rewritten where such clients ask for more than there is.
    Postgres,
}

/// A query.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Job {
    /// The text.
    pub query: String,
    /// Values for its placeholders.
    pub params: Params,
    /// The same as an Arrow stream of one row, where a client gave them types.
    pub arguments: Option<Vec<u8>>,
    /// How the answer is written.
    pub format: Format,
    /// Whose SQL it is.
    pub dialect: Dialect,
    /// Only what the answer would look like: columns and placeholders.
    pub describe: bool,
    /// Event time the answer is as of, at least, RFC 3339; a part of the JSON form.
    pub as_of: Option<String>,
    /// The most rows; less than the limit, where a client wants fewer.
    pub max_rows: Option<usize>,
}

/// A column of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultColumn {
    /// Its name.
    pub name: String,
    /// Its Arrow type, such as `Utf8` or `Decimal128(19, 4)`.
    #[serde(rename = "type")]
    pub data_type: String,
}

/// What is known at the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Rows of the answer.
    pub rows: usize,
    /// Whether there were more, which were cut off.
    pub truncated: bool,
}

/// What comes back of a query, in this order: a head, chunks, the end.
#[derive(Clone, Debug)]
pub enum Event {
    /// The columns.
    Head(Vec<ResultColumn>),
    /// A part of the answer, in the format asked for.
    Chunk(Bytes),
    /// The end.
    Done(Summary),
    /// The end, early.
    Failed(SqlError),
}
