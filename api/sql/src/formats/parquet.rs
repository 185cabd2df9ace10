//! Apache Parquet, in row groups that are small enough to be written while the answer is made.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::Compression;
use datafusion::parquet::file::properties::WriterProperties;

use super::failed;
use crate::error::SqlError;

/// Rows of a group: what is kept in memory.
const GROUP_ROWS: usize = 64 << 10;

pub(crate) struct Writer(ArrowWriter<Vec<u8>>);

impl Writer {
    pub(super) fn begin(schema: &SchemaRef) -> Result<Self, SqlError> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .build();
        ArrowWriter::try_new(Vec::new(), Arc::clone(schema), Some(properties)).map(Self).map_err(|error| failed(&error))
    }

    pub(super) fn batch(&mut self, batch: &RecordBatch) -> Result<(), SqlError> {
        self.0.write(batch).map_err(|error| failed(&error))
    }

    pub(super) fn out(&mut self) -> &mut Vec<u8> {
        self.0.inner_mut()
    }

    pub(super) fn finish(&mut self) -> Result<(), SqlError> {
        self.0.finish().map(drop).map_err(|error| failed(&error))
    }
}
