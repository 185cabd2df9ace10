//! CSV: a line of names, then a line a row; times RFC 3339, null as nothing.

use arrow::array::RecordBatch;
use arrow::csv::WriterBuilder;

use super::failed;
use crate::error::SqlError;
use crate::job::ResultColumn;

/// RFC 3339 with milliseconds.
const TIMES: &str = "%Y-%m-%dT%H:%M:%S%.3fZ";

pub(crate) struct Writer {
    out: Vec<u8>,
}

impl Writer {
    pub(super) fn begin(columns: &[ResultColumn]) -> Self {
        let names: Vec<String> = columns.iter().map(|column| quoted(&column.name)).collect();
        Self { out: format!("{}\n", names.join(",")).into_bytes() }
    }

    pub(super) fn batch(&mut self, batch: &RecordBatch) -> Result<(), SqlError> {
        let builder = WriterBuilder::new().with_header(false).with_timestamp_tz_format(TIMES.to_owned());
        builder.build(&mut self.out).write(batch).map_err(|error| failed(&error))
    }

    pub(super) fn out(&mut self) -> &mut Vec<u8> {
        &mut self.out
    }
}

fn quoted(name: &str) -> String {
    if name.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", name.replace('"', "\"\"")) } else { name.to_owned() }
}
