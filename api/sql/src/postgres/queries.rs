//! Queries of Postgres clients, simple and prepared.

use std::fmt::Debug;
use std::ops::Deref as _;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion_postgres::arrow_pg::datatypes::arrow_schema_to_pg_fields;
use datafusion_postgres::pgwire::api::portal::{Format as Formats, Portal, PortalExecutionState};
use datafusion_postgres::pgwire::api::query::{
    ExtendedQueryHandler, SimpleQueryHandler, send_describe_response, send_query_response,
};
use datafusion_postgres::pgwire::api::results::{
    DataRowEncoder, DescribePortalResponse, FieldFormat, FieldInfo, QueryResponse, Response, Tag,
};
use datafusion_postgres::pgwire::api::store::{Entry, PortalStore};
use datafusion_postgres::pgwire::api::{ClientInfo, ClientPortalStore, ConnectionHandle, DEFAULT_NAME, Type};
use datafusion_postgres::pgwire::error::{PgWireError, PgWireResult};
use datafusion_postgres::pgwire::messages::PgWireBackendMessage;
use datafusion_postgres::pgwire::messages::extendedquery::{Describe, Execute, TARGET_TYPE_BYTE_PORTAL};
use futures::{Sink, stream};

use super::answer::Answer;
use super::cursors::{Cursors, ROWS};
use super::errors::told;
use super::prepare::{Prepared, Preparer, job};
use super::statement::{Statement, split};
use crate::error::{ErrorKind, SqlError};
use crate::job::Job;
use crate::service::Sql;
use crate::settings;

/// Runs the queries of all connections.
#[derive(Debug)]
pub(super) struct Queries {
    sql: Sql,
    preparer: Arc<Preparer>,
}

impl Queries {
    pub(super) fn new(sql: Sql) -> Self {
        Self { preparer: Arc::new(Preparer::new(sql.clone())), sql }
    }

    async fn execute<C: ClientInfo>(
        &self,
        client: &mut C,
        statement: &Statement,
        formats: &Formats,
        arguments: Option<Vec<u8>>,
    ) -> PgWireResult<Response> {
        let cursors = Cursors::of(client);
        match statement {
            Statement::Query(query) => Ok(Response::Query(self.answer(query, arguments).await?.response(formats)?)),
            Statement::Declare { cursor, hold, query } => {
                cursors.open(cursor, *hold, self.answer(query, arguments).await?).await?;
                Ok(Response::Execution(Tag::new("DECLARE CURSOR")))
            }
            Statement::Fetch(cursor, rows) => Ok(Response::Query(cursors.fetch(cursor, *rows, formats).await?)),
            Statement::Close(cursor) => {
                match cursor {
                    Some(cursor) => cursors.close(cursor).await?,
                    None => cursors.close_all().await,
                }
                Ok(Response::Execution(Tag::new("CLOSE CURSOR")))
            }
            Statement::Begin => Ok(Response::TransactionStart(Tag::new("BEGIN"))),
            Statement::End(tag) => {
                cursors.end_transaction().await;
                Ok(Response::TransactionEnd(Tag::new(tag)))
            }
            Statement::Acknowledged(tag) => Ok(Response::Execution(Tag::new(tag))),
            Statement::Set(name, value) => {
                client.metadata_mut().insert(settings::key(name), value.clone());
                Ok(Response::Execution(Tag::new("SET")))
            }
            Statement::Show(name) => show(client, name),
        }
    }

    async fn answer(&self, query: &str, arguments: Option<Vec<u8>>) -> PgWireResult<Answer> {
        let reply = self.sql.run(Job { arguments, ..job(query) }).map_err(told)?;
        Answer::begin(reply).await.map_err(told)
    }
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

    /// Streams what is asked for as a whole, which would be collected otherwise; of what is asked for in parts no part is larger
    /// than is good, whatever the client says: the one that is handed out is collected.
    async fn on_execute<C>(&self, client: &mut C, mut message: Execute) -> PgWireResult<()>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let portal = match client.portal_store().get_portal(message.name.as_deref().unwrap_or(DEFAULT_NAME)) {
            Some(Entry::Value(portal)) if message.max_rows <= 0 && is_query(&portal).await => portal,
            _ => {
                message.max_rows = message.max_rows.clamp(0, ROWS as i32);
                return self._on_execute(client, message).await;
            }
        };
        let cancelled = match client.session_extensions().get::<Arc<ConnectionHandle>>() {
            Some(handle) => Some(handle.start_query().await),
            None => None,
        };
        let answer = ExtendedQueryHandler::do_query(self, client, portal.as_ref(), 0);
        let answer = match cancelled {
            Some(cancelled) => tokio::select! {
                answer = answer => answer?,
                Ok(()) = cancelled => return Err(PgWireError::QueryCanceled),
            },
            None => answer.await?,
        };
        if let Response::Query(rows) = answer {
            *portal.state().lock().await = PortalExecutionState::Finished;
            send_query_response(client, rows, false).await?;
        }
        Ok(())
    }

    /// A cursor is described like a portal of its name.
    async fn on_describe<C>(&self, client: &mut C, message: Describe) -> PgWireResult<()>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        if message.target_type == TARGET_TYPE_BYTE_PORTAL
            && let Some(name) = &message.name
            && let Some(schema) = Cursors::of(client).schema(name).await
        {
            let fields = arrow_schema_to_pg_fields(&schema, &Formats::UnifiedText, None)?;
            return send_describe_response(client, &DescribePortalResponse::new(fields)).await;
        }
        self._on_describe(client, message).await
    }

    async fn do_query<C>(&self, client: &mut C, portal: &Portal<Prepared>, _max_rows: usize) -> PgWireResult<Response>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let arguments = Prepared::arguments(portal)?;
        self.execute(client, &portal.statement.statement.statement, &portal.result_column_format, arguments).await
    }
}

/// Whether it answers rows, and has not begun to.
async fn is_query(portal: &Portal<Prepared>) -> bool {
    let answers = matches!(portal.statement.statement.statement, Statement::Query(_) | Statement::Fetch(..));
    answers && matches!(portal.state().lock().await.deref(), PortalExecutionState::Initial)
}
