//! Queries of Postgres clients, simple and prepared.

use std::fmt::Debug;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::common::{ParamValues, ScalarValue};
use datafusion_postgres::arrow_pg::datatypes::df::deserialize_parameters;
use datafusion_postgres::arrow_pg::datatypes::{arrow_schema_to_pg_fields, encode_recordbatch, into_pg_type};
use datafusion_postgres::pgwire::api::portal::{Format as Formats, Portal};
use datafusion_postgres::pgwire::api::query::{ExtendedQueryHandler, SimpleQueryHandler};
use datafusion_postgres::pgwire::api::results::{DataRowEncoder, FieldFormat, FieldInfo, QueryResponse, Response, Tag};
use datafusion_postgres::pgwire::api::stmt::QueryParser;
use datafusion_postgres::pgwire::api::store::PortalStore;
use datafusion_postgres::pgwire::api::{ClientInfo, ClientPortalStore, Type};
use datafusion_postgres::pgwire::error::{PgWireError, PgWireResult};
use datafusion_postgres::pgwire::messages::PgWireBackendMessage;
use datafusion_postgres::pgwire::messages::data::DataRow;
use futures::{Sink, StreamExt as _, stream};

use super::errors::told;
use super::statement::{Statement, split};
use crate::error::{ErrorKind, SqlError};
use crate::formats::{Format, ipc};
use crate::job::{Dialect, Event, Job};
use crate::service::{Reply, Sql};
use crate::settings;

/// Runs the queries of all connections.
#[derive(Debug)]
pub(super) struct Queries {
    sql: Sql,
    preparer: Arc<Preparer>,
}

/// A prepared statement.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    statement: Statement,
    columns: SchemaRef,
    parameters: SchemaRef,
}

/// Prepares statements.
#[derive(Debug)]
pub(super) struct Preparer {
    sql: Sql,
}

impl Queries {
    pub(super) fn new(sql: Sql) -> Self {
        Self { preparer: Arc::new(Preparer { sql: sql.clone() }), sql }
    }

    async fn execute<C: ClientInfo>(
        &self,
        client: &mut C,
        statement: &Statement,
        formats: &Formats,
        arguments: Option<Vec<u8>>,
    ) -> PgWireResult<Response> {
        match statement {
            Statement::Query(query) => {
                let job = Job { arguments, ..job(query) };
                answer(self.sql.run(job).map_err(told)?, formats).await
            }
            Statement::Begin => Ok(Response::TransactionStart(Tag::new("BEGIN"))),
            Statement::End(tag) => Ok(Response::TransactionEnd(Tag::new(tag))),
            Statement::Acknowledged(tag) => Ok(Response::Execution(Tag::new(tag))),
            Statement::Set(name, value) => {
                client.metadata_mut().insert(settings::key(name), value.clone());
                Ok(Response::Execution(Tag::new("SET")))
            }
            Statement::Show(name) => show(client, name),
        }
    }
}

fn job(query: &str) -> Job {
    Job { query: query.to_owned(), format: Format::Arrow, dialect: Dialect::Postgres, ..Job::default() }
}

fn show<C: ClientInfo>(client: &C, name: &str) -> PgWireResult<Response> {
    let own = client.metadata().get(&settings::key(name)).cloned();
    let Some(value) = own.or_else(|| settings::default_of(name).map(str::to_owned)) else {
        let message = format!("unrecognized configuration parameter \"{name}\"");
        return Err(told(SqlError::new(ErrorKind::Invalid, message)));
    };
    let fields = Arc::new(vec![FieldInfo::new(name.to_owned(), None, None, Type::TEXT, FieldFormat::Text)]);
    let mut row = DataRowEncoder::new(Arc::clone(&fields));
    row.encode_field(&Some(value))?;
    let row = Ok(row.take_row());
    Ok(Response::Query(QueryResponse::new(fields, stream::once(async move { row }))))
}

/// The answer: its columns are waited for, its rows come as the client takes them.
async fn answer(mut reply: Reply, formats: &Formats) -> PgWireResult<Response> {
    let mut reader = ipc::Reader::default();
    let mut first = Vec::new();
    let schema = loop {
        match reply.next().await {
            Some(Event::Head(_)) => {}
            Some(Event::Chunk(chunk)) => {
                first.extend(reader.feed(&chunk).map_err(told)?);
                if let Some(schema) = reader.schema() {
                    break schema;
                }
            }
            Some(Event::Failed(error)) => return Err(told(error)),
            Some(Event::Done(_)) | None => return Err(told(ended())),
        }
    };
    let fields = Arc::new(arrow_schema_to_pg_fields(&schema, formats, None)?);
    let rows = Rows { reply: Some(reply), reader, fields: Arc::clone(&fields) };
    let begin = stream::iter(rows.encoded(first));
    let rest = stream::unfold(rows, |mut rows| async move {
        let encoded = rows.next().await?;
        Some((stream::iter(encoded), rows))
    });
    Ok(Response::Query(QueryResponse::new(fields, begin.chain(rest.flatten()))))
}

fn ended() -> SqlError {
    SqlError::new(ErrorKind::Internal, "the query ended without an answer")
}

struct Rows {
    /// `None` behind the end.
    reply: Option<Reply>,
    reader: ipc::Reader,
    fields: Arc<Vec<FieldInfo>>,
}

impl Rows {
    fn encoded(&self, batches: Vec<RecordBatch>) -> Vec<PgWireResult<DataRow>> {
        batches.into_iter().flat_map(|batch| encode_recordbatch(Arc::clone(&self.fields), batch)).collect()
    }

    /// The rows of the next chunk; an error is the last.
    async fn next(&mut self) -> Option<Vec<PgWireResult<DataRow>>> {
        let failure = match self.reply.as_mut()?.next().await {
            Some(Event::Head(_)) => return Some(Vec::new()),
            Some(Event::Chunk(chunk)) => match self.reader.feed(&chunk) {
                Ok(batches) => return Some(self.encoded(batches)),
                Err(error) => error,
            },
            Some(Event::Done(summary)) if !summary.truncated => {
                self.reply = None;
                return None;
            }
            Some(Event::Done(_)) => SqlError::new(ErrorKind::Failed, "the answer is too large and was cut off here")
                .with_hint("ask for less, or raise sql.max_rows and sql.max_bytes"),
            Some(Event::Failed(error)) => error,
            None => ended(),
        };
        self.reply = None;
        Some(vec![Err(told(failure))])
    }
}

#[async_trait]
impl SimpleQueryHandler for Queries {
    async fn do_query<C>(&self, client: &mut C, query: &str) -> PgWireResult<Vec<Response>>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let statements = split(query).map_err(told)?;
        if statements.is_empty() {
            return Ok(vec![Response::EmptyQuery]);
        }
        let mut responses = Vec::with_capacity(statements.len());
        for statement in &statements {
            responses.push(self.execute(client, statement, &Formats::UnifiedText, None).await?);
        }
        Ok(responses)
    }
}

#[async_trait]
impl ExtendedQueryHandler for Queries {
    type Statement = Prepared;
    type QueryParser = Preparer;

    fn query_parser(&self) -> Arc<Preparer> {
        Arc::clone(&self.preparer)
    }

    async fn do_query<C>(&self, client: &mut C, portal: &Portal<Prepared>, _max_rows: usize) -> PgWireResult<Response>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let prepared = &portal.statement.statement;
        let kinds: Vec<Option<&DataType>> = prepared
            .parameters
            .fields()
            .iter()
            .map(|field| Some(field.data_type()).filter(|kind| **kind != DataType::Null))
            .collect();
        let arguments = arguments(deserialize_parameters(portal, &kinds)?).map_err(told)?;
        self.execute(client, &prepared.statement, &portal.result_column_format, arguments).await
    }
}

/// The values as an Arrow stream of one row; they keep their types on their way.
fn arguments(values: ParamValues) -> Result<Option<Vec<u8>>, SqlError> {
    let values: Vec<ScalarValue> = match values {
        ParamValues::List(list) => list.into_iter().map(|value| value.value).collect(),
        ParamValues::Map(_) => Vec::new(),
    };
    if values.is_empty() {
        return Ok(None);
    }
    let failed =
        |error: &dyn std::fmt::Display| SqlError::new(ErrorKind::Invalid, format!("a value cannot be used: {error}"));
    let arrays: Result<Vec<ArrayRef>, _> = values.iter().map(ScalarValue::to_array).collect();
    let arrays = arrays.map_err(|error| failed(&error))?;
    let fields: Vec<Field> = arrays
        .iter()
        .zip(1..)
        .map(|(array, place)| Field::new(format!("${place}"), array.data_type().clone(), true))
        .collect();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(|error| failed(&error))?;
    ipc::encode(&batch).map(Some)
}

#[async_trait]
impl QueryParser for Preparer {
    type Statement = Prepared;

    async fn parse_sql<C>(&self, _client: &C, sql: &str, _types: &[Option<Type>]) -> PgWireResult<Option<Prepared>>
    where
        C: ClientInfo + Unpin + Send + Sync,
    {
        let mut statements = split(sql).map_err(told)?;
        if statements.len() > 1 {
            let error = SqlError::new(ErrorKind::Invalid, "cannot insert multiple commands into a prepared statement");
            return Err(told(error));
        }
        let Some(statement) = statements.pop() else { return Ok(None) };
        let none = || Arc::new(Schema::empty());
        let (columns, parameters) = match &statement {
            Statement::Query(query) => self.describe(query).await.map_err(told)?,
            Statement::Show(name) => (Arc::new(Schema::new(vec![Field::new(name, DataType::Utf8, false)])), none()),
            _ => (none(), none()),
        };
        Ok(Some(Prepared { statement, columns, parameters }))
    }

    fn get_parameter_types(&self, prepared: &Prepared) -> PgWireResult<Vec<Type>> {
        let kind = |field: &Arc<Field>| match field.data_type() {
            // Nothing is known: the client may send what it likes, as text.
            DataType::Null => Ok(Type::UNKNOWN),
            kind => into_pg_type(kind),
        };
        prepared.parameters.fields().iter().map(kind).collect()
    }

    fn get_result_schema(&self, prepared: &Prepared, formats: Option<&Formats>) -> PgWireResult<Vec<FieldInfo>> {
        arrow_schema_to_pg_fields(&prepared.columns, formats.unwrap_or(&Formats::UnifiedText), None)
    }
}

impl Preparer {
    /// Columns and placeholders.
    async fn describe(&self, query: &str) -> Result<(SchemaRef, SchemaRef), SqlError> {
        let mut reply = self.sql.run(Job { describe: true, ..job(query) })?;
        let mut schemas = Vec::new();
        loop {
            match reply.next().await {
                Some(Event::Chunk(chunk)) => {
                    let mut reader = ipc::Reader::default();
                    reader.feed(&chunk)?;
                    schemas.extend(reader.schema());
                }
                Some(Event::Head(_)) => {}
                Some(Event::Failed(error)) => return Err(error),
                Some(Event::Done(_)) | None => break,
            }
        }
        match <[SchemaRef; 2]>::try_from(schemas) {
            Ok([columns, parameters]) => Ok((columns, parameters)),
            Err(_) => Err(ended()),
        }
    }
}
