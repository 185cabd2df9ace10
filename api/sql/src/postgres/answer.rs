//! An answer on its way to a client: batches as they come, rows as the client takes them.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion_postgres::arrow_pg::datatypes::{arrow_schema_to_pg_fields, encode_recordbatch};
use datafusion_postgres::pgwire::api::portal::Format as Formats;
use datafusion_postgres::pgwire::api::results::{FieldInfo, QueryResponse};
use datafusion_postgres::pgwire::error::PgWireResult;
use datafusion_postgres::pgwire::messages::data::DataRow;
use futures::{StreamExt as _, stream};

use super::errors::told;
use crate::error::{ErrorKind, SqlError};
use crate::formats::ipc;
use crate::job::Event;
use crate::service::Reply;

/// An answer of which the columns are known.
#[derive(Debug)]
pub(super) struct Answer {
    schema: SchemaRef,
    /// `None` behind the end.
    reply: Option<Reply>,
    reader: ipc::Reader,
    /// What has come and is not taken yet.
    waiting: VecDeque<RecordBatch>,
}

impl Answer {
    /// Waits for the columns.
    pub(super) async fn begin(mut reply: Reply) -> Result<Self, SqlError> {
        let (mut reader, mut waiting) = (ipc::Reader::default(), VecDeque::new());
        loop {
            match reply.next().await {
                Some(Event::Head(_)) => {}
                Some(Event::Chunk(chunk)) => {
                    waiting.extend(reader.feed(&chunk)?);
                    if let Some(schema) = reader.schema() {
                        return Ok(Self { schema, reply: Some(reply), reader, waiting });
                    }
                }
                Some(Event::Failed(error)) => return Err(error),
                Some(Event::Done(_)) | None => return Err(ended()),
            }
        }
    }

    pub(super) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The next batch; `None` behind the last. An error is the last.
    async fn next(&mut self) -> Option<Result<RecordBatch, SqlError>> {
        while self.waiting.is_empty() {
            if let Err(error) = self.read().await? {
                self.reply = None;
                return Some(Err(error));
            }
        }
        self.waiting.pop_front().map(Ok)
    }

    /// Takes what comes next; `None` when nothing does.
    async fn read(&mut self) -> Option<Result<(), SqlError>> {
        Some(match self.reply.as_mut()?.next().await {
            Some(Event::Head(_)) => Ok(()),
            Some(Event::Chunk(chunk)) => self.reader.feed(&chunk).map(|batches| self.waiting.extend(batches)),
            Some(Event::Done(summary)) if !summary.truncated => {
                self.reply = None;
                return None;
            }
            Some(Event::Done(_)) => {
                let error = SqlError::new(ErrorKind::Failed, "the answer is too large and was cut off here");
                Err(error.with_hint("ask for less, or raise sql.max_rows and sql.max_bytes"))
            }
            Some(Event::Failed(error)) => Err(error),
            None => Err(ended()),
        })
    }

    /// Takes what comes until there are so many bytes of it: a short answer is whole then, and its query has ended.
    pub(super) async fn read_ahead(&mut self, bytes: usize) -> Result<(), SqlError> {
        while self.waiting.iter().map(RecordBatch::get_array_memory_size).sum::<usize>() < bytes {
            match self.read().await {
                Some(outcome) => outcome?,
                None => break,
            }
        }
        Ok(())
    }

    /// At most so many rows; fewer at the end.
    pub(super) async fn take(&mut self, rows: usize) -> Result<Vec<RecordBatch>, SqlError> {
        let (mut taken, mut left) = (Vec::new(), rows);
        while left > 0 {
            let Some(batch) = self.next().await.transpose()? else { break };
            let here = batch.num_rows().min(left);
            if here < batch.num_rows() {
                self.waiting.push_front(batch.slice(here, batch.num_rows() - here));
            }
            left -= here;
            taken.push(batch.slice(0, here));
        }
        Ok(taken)
    }

    /// All that is left.
    pub(super) fn rest(&mut self) -> Self {
        let (schema, reader) = (Arc::clone(&self.schema), std::mem::take(&mut self.reader));
        Self { schema, reply: self.reply.take(), reader, waiting: std::mem::take(&mut self.waiting) }
    }

    /// The rows in the forms the client wants, as it takes them.
    pub(super) fn response(self, formats: &Formats) -> PgWireResult<QueryResponse> {
        let fields = Arc::new(arrow_schema_to_pg_fields(&self.schema, formats, None)?);
        let encoded = Arc::clone(&fields);
        let batches = stream::unfold(self, |mut answer| async move { Some((answer.next().await?, answer)) });
        let rows = batches.flat_map(move |batch| {
            stream::iter(match batch {
                Ok(batch) => rows(&encoded, batch),
                Err(error) => vec![Err(told(error))],
            })
        });
        Ok(QueryResponse::new(fields, rows))
    }
}

/// These batches as an answer of their own.
pub(super) fn listed(
    schema: &SchemaRef,
    batches: Vec<RecordBatch>,
    formats: &Formats,
    tag: &str,
) -> PgWireResult<QueryResponse> {
    let fields = Arc::new(arrow_schema_to_pg_fields(schema, formats, None)?);
    let encoded: Vec<_> = batches.into_iter().flat_map(|batch| rows(&fields, batch)).collect();
    let mut response = QueryResponse::new(fields, stream::iter(encoded));
    response.set_command_tag(tag);
    Ok(response)
}

fn rows(fields: &Arc<Vec<FieldInfo>>, batch: RecordBatch) -> Vec<PgWireResult<DataRow>> {
    encode_recordbatch(Arc::clone(fields), batch).collect()
}

pub(super) fn ended() -> SqlError {
    SqlError::new(ErrorKind::Internal, "the query ended without an answer")
}
