//! Apache Arrow's stream: a schema, then batches.

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::datatypes::SchemaRef;
use arrow::ipc::reader::StreamDecoder;
use arrow::ipc::writer::StreamWriter;

use super::failed;
use crate::error::SqlError;

pub(crate) struct Writer(StreamWriter<Vec<u8>>);

impl Writer {
    pub(super) fn begin(schema: &SchemaRef) -> Result<Self, SqlError> {
        StreamWriter::try_new(Vec::new(), schema).map(Self).map_err(|error| failed(&error))
    }

    pub(super) fn batch(&mut self, batch: &RecordBatch) -> Result<(), SqlError> {
        self.0.write(batch).map_err(|error| failed(&error))
    }

    pub(super) fn out(&mut self) -> &mut Vec<u8> {
        self.0.get_mut()
    }

    pub(super) fn finish(&mut self) -> Result<(), SqlError> {
        self.0.finish().map_err(|error| failed(&error))
    }
}

/// A stream without rows.
pub(crate) fn empty(schema: &SchemaRef) -> Result<Vec<u8>, SqlError> {
    let mut writer = Writer::begin(schema)?;
    writer.finish()?;
    Ok(std::mem::take(writer.out()))
}

/// A stream of one batch.
pub(crate) fn encode(batch: &RecordBatch) -> Result<Vec<u8>, SqlError> {
    let mut writer = Writer::begin(&batch.schema())?;
    writer.batch(batch)?;
    writer.finish()?;
    Ok(std::mem::take(writer.out()))
}

/// Reads a stream that comes in chunks.
#[derive(Debug, Default)]
pub(crate) struct Reader(StreamDecoder);

impl Reader {
    /// The batches that are complete with this chunk.
    pub(crate) fn feed(&mut self, chunk: &[u8]) -> Result<Vec<RecordBatch>, SqlError> {
        let mut buffer = Buffer::from(chunk);
        let mut batches = Vec::new();
        while !buffer.is_empty() {
            batches.extend(self.0.decode(&mut buffer).map_err(|error| failed(&error))?);
        }
        Ok(batches)
    }

    /// The schema, once it was read.
    pub(crate) fn schema(&self) -> Option<SchemaRef> {
        self.0.schema()
    }
}

/// The batch of a stream of one.
pub(crate) fn decode(bytes: &[u8]) -> Result<RecordBatch, SqlError> {
    let first = Reader::default().feed(bytes)?.into_iter().next();
    first.ok_or_else(|| failed(&"a batch is missing"))
}
