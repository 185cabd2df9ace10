//! Cursors: answers that a client takes piece by piece, with `FETCH`.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion_postgres::pgwire::api::ClientInfo;
use datafusion_postgres::pgwire::api::portal::Format as Formats;
use datafusion_postgres::pgwire::api::results::QueryResponse;
use datafusion_postgres::pgwire::error::{PgWireError, PgWireResult};
use tokio::sync::Mutex;

use super::answer::{Answer, listed};
use super::errors::told;
use crate::error::{ErrorKind, SqlError};

/// Cursors of one connection. Each is a query that runs until it is read to its end, or closed.
const CURSORS: usize = 8;

/// Bytes read ahead: what is shorter ends its query at once, and gives its place to others.
const READ_AHEAD: usize = 1 << 20;

/// The most rows of one `FETCH`, which are collected before they are sent.
pub(super) const ROWS: usize = 100_000;

/// What Postgres calls the answer.
const FETCH: &str = "FETCH";

/// The cursors of a connection by name. tokio's lock: a client that has one statement run after the other waits for nobody.
#[derive(Debug, Default)]
pub(super) struct Cursors(Mutex<HashMap<String, Cursor>>);

#[derive(Debug)]
struct Cursor {
    answer: Answer,
    /// Whether it outlives its transaction.
    hold: bool,
}

impl Cursors {
    /// Those of this connection.
    pub(super) fn of<C: ClientInfo>(client: &C) -> Arc<Self> {
        client.session_extensions().get_or_insert_with(Self::default)
    }

    /// Opens one.
    pub(super) async fn open(&self, name: &str, hold: bool, mut answer: Answer) -> PgWireResult<()> {
        answer.read_ahead(READ_AHEAD).await.map_err(told)?;
        let mut cursors = self.0.lock().await;
        if cursors.contains_key(name) {
            return Err(told(SqlError::new(ErrorKind::Invalid, format!("cursor \"{name}\" already exists"))));
        }
        if cursors.len() >= CURSORS {
            let error = SqlError::new(ErrorKind::TooMany, format!("more than {CURSORS} cursors are open"));
            return Err(told(error.with_hint("close those that are not needed any more")));
        }
        cursors.insert(name.to_owned(), Cursor { answer, hold });
        Ok(())
    }

    /// The next rows of one; all that are left, where `rows` says nothing.
    pub(super) async fn fetch(
        &self,
        name: &str,
        rows: Option<usize>,
        formats: &Formats,
    ) -> PgWireResult<QueryResponse> {
        let mut cursors = self.0.lock().await;
        let cursor = cursors.get_mut(name).ok_or_else(|| unknown(name))?;
        let Some(rows) = rows else {
            let mut response = cursor.answer.rest().response(formats)?;
            response.set_command_tag(FETCH);
            return Ok(response);
        };
        if rows > ROWS {
            let message = format!("at most {ROWS} rows can be fetched at a time");
            return Err(told(SqlError::new(ErrorKind::Refused, message)));
        }
        let batches = cursor.answer.take(rows).await.map_err(told)?;
        listed(cursor.answer.schema(), batches, formats, FETCH)
    }

    /// The columns of one.
    pub(super) async fn schema(&self, name: &str) -> Option<SchemaRef> {
        self.0.lock().await.get(name).map(|cursor| Arc::clone(cursor.answer.schema()))
    }

    /// Closes one.
    pub(super) async fn close(&self, name: &str) -> PgWireResult<()> {
        self.0.lock().await.remove(name).map(drop).ok_or_else(|| unknown(name))
    }

    /// Closes all.
    pub(super) async fn close_all(&self) {
        self.0.lock().await.clear();
    }

    /// A transaction has ended, and with it the cursors that were not to outlive it.
    pub(super) async fn end_transaction(&self) {
        self.0.lock().await.retain(|_, cursor| cursor.hold);
    }
}

fn unknown(name: &str) -> PgWireError {
    told(SqlError::new(ErrorKind::Invalid, format!("there is no cursor \"{name}\"")))
}
