//! Statements that clients prepare: their columns, their placeholders, and the values of these.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::common::{ParamValues, ScalarValue};
use datafusion_postgres::arrow_pg::datatypes::df::deserialize_parameters;
use datafusion_postgres::arrow_pg::datatypes::{arrow_schema_to_pg_fields, into_pg_type};
use datafusion_postgres::pgwire::api::portal::{Format as Formats, Portal};
use datafusion_postgres::pgwire::api::results::FieldInfo;
use datafusion_postgres::pgwire::api::stmt::QueryParser;
use datafusion_postgres::pgwire::api::{ClientInfo, Type};
use datafusion_postgres::pgwire::error::PgWireResult;

use super::answer::ended;
use super::cursors::Cursors;
use super::errors::told;
use super::statement::{Statement, split};
use crate::error::{ErrorKind, SqlError};
use crate::formats::{Format, ipc};
use crate::job::{Dialect, Event, Job};
use crate::service::Sql;

/// A prepared statement.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    pub(super) statement: Statement,
    columns: SchemaRef,
    parameters: SchemaRef,
}

impl Prepared {
    /// The values a client has given, as an Arrow stream of one row; they keep their types on their way.
    pub(super) fn arguments(portal: &Portal<Self>) -> PgWireResult<Option<Vec<u8>>> {
        let parameters = &portal.statement.statement.parameters;
        let kinds: Vec<Option<&DataType>> = parameters
            .fields()
            .iter()
            .map(|field| Some(field.data_type()).filter(|kind| **kind != DataType::Null))
            .collect();
        encoded(deserialize_parameters(portal, &kinds)?).map_err(told)
    }
}

fn encoded(values: ParamValues) -> Result<Option<Vec<u8>>, SqlError> {
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

/// The query as it runs.
pub(super) fn job(query: &str) -> Job {
    Job { query: query.to_owned(), format: Format::Arrow, dialect: Dialect::Postgres, ..Job::default() }
}

/// Prepares statements.
#[derive(Debug)]
pub(super) struct Preparer {
    sql: Sql,
}

impl Preparer {
    pub(super) fn new(sql: Sql) -> Self {
        Self { sql }
    }

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

#[async_trait]
impl QueryParser for Preparer {
    type Statement = Prepared;

    async fn parse_sql<C>(&self, client: &C, sql: &str, _types: &[Option<Type>]) -> PgWireResult<Option<Prepared>>
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
            // It answers no rows, but takes the query's values.
            Statement::Declare { query, .. } => (none(), self.describe(query).await.map_err(told)?.1),
            Statement::Fetch(cursor, _) => {
                let cursors = Cursors::of(client);
                (cursors.schema(cursor).await.unwrap_or_else(none), none())
            }
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
