//! Answers as bytes: JSON, NDJSON, CSV, Arrow stream, Parquet. Written batch by batch; nothing is kept but what has not gone out.

mod csv;
pub(crate) mod ipc;
mod json;
mod parquet;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use serde::{Deserialize, Serialize};

use crate::error::SqlError;
use crate::job::{Job, ResultColumn, Summary};

/// How an answer is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// One object: columns, rows as arrays, what else is known.
    #[default]
    Json,
    /// An object a row, one a line.
    Ndjson,
    /// A line of names, then a line a row.
    Csv,
    /// Apache Arrow's stream.
    Arrow,
    /// Apache Parquet.
    Parquet,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Json, Self::Ndjson, Self::Csv, Self::Arrow, Self::Parquet];

    /// Its media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Ndjson => "application/x-ndjson",
            Self::Csv => "text/csv",
            Self::Arrow => "application/vnd.apache.arrow.stream",
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }
}

/// Writes an answer.
pub(crate) enum Encoder {
    Json(json::Writer),
    Ndjson(json::Lines),
    Csv(csv::Writer),
    Arrow(ipc::Writer),
    Parquet(parquet::Writer),
}

impl Encoder {
    pub(crate) fn begin(job: &Job, schema: &SchemaRef, columns: &[ResultColumn]) -> Result<Self, SqlError> {
        Ok(match job.format {
            Format::Json => Self::Json(json::Writer::begin(columns, job.as_of.clone())),
            Format::Ndjson => Self::Ndjson(json::Lines::begin(columns)),
            Format::Csv => Self::Csv(csv::Writer::begin(columns)),
            Format::Arrow => Self::Arrow(ipc::Writer::begin(schema)?),
            Format::Parquet => Self::Parquet(parquet::Writer::begin(schema)?),
        })
    }

    pub(crate) fn batch(&mut self, batch: &RecordBatch) -> Result<(), SqlError> {
        match self {
            Self::Json(writer) => writer.batch(batch),
            Self::Ndjson(writer) => writer.batch(batch),
            Self::Csv(writer) => writer.batch(batch),
            Self::Arrow(writer) => writer.batch(batch),
            Self::Parquet(writer) => writer.batch(batch),
        }
    }

    fn out(&mut self) -> &mut Vec<u8> {
        match self {
            Self::Json(writer) => writer.out(),
            Self::Ndjson(writer) => writer.out(),
            Self::Csv(writer) => writer.out(),
            Self::Arrow(writer) => writer.out(),
            Self::Parquet(writer) => writer.out(),
        }
    }

    /// Bytes that wait to go out.
    pub(crate) fn written(&mut self) -> usize {
        self.out().len()
    }

    /// Takes them.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        std::mem::take(self.out())
    }

    /// The last bytes.
    pub(crate) fn finish(mut self, summary: Summary) -> Result<Vec<u8>, SqlError> {
        match &mut self {
            Self::Json(writer) => writer.finish(summary),
            Self::Ndjson(_) | Self::Csv(_) => {}
            Self::Arrow(writer) => writer.finish()?,
            Self::Parquet(writer) => writer.finish()?,
        }
        Ok(self.take())
    }
}

fn failed(error: &dyn std::fmt::Display) -> SqlError {
    SqlError::new(crate::error::ErrorKind::Failed, format!("the answer has no such form: {error}"))
}
