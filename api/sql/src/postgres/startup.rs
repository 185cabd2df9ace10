//! Who may connect.

use std::fmt::Debug;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

use async_trait::async_trait;
use datafusion_postgres::pgwire::api::auth::noop::NoopStartupHandler;
use datafusion_postgres::pgwire::api::auth::sasl::SASLAuthStartupHandler;
use datafusion_postgres::pgwire::api::auth::sasl::scram::{ScramAuth, gen_salted_password};
use datafusion_postgres::pgwire::api::auth::{
    AuthSource, DefaultServerParameterProvider, LoginInfo, Password, StartupHandler,
};
use datafusion_postgres::pgwire::api::{ClientInfo, ConnectionManager};
use datafusion_postgres::pgwire::error::{ErrorInfo, PgWireError, PgWireResult};
use datafusion_postgres::pgwire::messages::{PgWireBackendMessage, PgWireFrontendMessage};
use futures::Sink;

/// Rounds of hashing a client has to go.
const ITERATIONS: usize = 4096;

/// The one user there is.
pub(super) struct Credentials {
    user: String,
    salt: Vec<u8>,
    hashed: Vec<u8>,
}

impl Credentials {
    pub(super) fn new(user: &str, password: &str) -> Self {
        // Seeded by the system: another salt in each process.
        let random = RandomState::new();
        let salt: Vec<u8> = (0_u64..2).flat_map(|place| random.hash_one(place).to_le_bytes()).collect();
        let hashed = gen_salted_password(password, &salt, ITERATIONS);
        Self { user: user.to_owned(), salt, hashed }
    }
}

impl Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("user", &self.user).finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Source(Arc<Credentials>);

#[async_trait]
impl AuthSource for Source {
    async fn get_password(&self, login: &LoginInfo) -> PgWireResult<Password> {
        if login.user() == Some(self.0.user.as_str()) {
            return Ok(Password::new(Some(self.0.salt.clone()), self.0.hashed.clone()));
        }
        let user = login.user().unwrap_or_default();
        let message = format!("password authentication failed for user \"{user}\"");
        Err(PgWireError::UserError(Box::new(ErrorInfo::new("FATAL".to_owned(), "28P01".to_owned(), message))))
    }
}

/// The beginning of a connection: with a password, or without.
pub(super) enum Startup {
    Open(Open),
    Scram(Box<SASLAuthStartupHandler<DefaultServerParameterProvider>>),
}

pub(super) struct Open {
    connections: Arc<ConnectionManager>,
}

impl NoopStartupHandler for Open {
    fn connection_manager(&self) -> Option<Arc<ConnectionManager>> {
        Some(Arc::clone(&self.connections))
    }
}

impl Startup {
    pub(super) fn new(credentials: Option<Arc<Credentials>>, connections: Arc<ConnectionManager>) -> Self {
        let Some(credentials) = credentials else { return Self::Open(Open { connections }) };
        let mut scram = ScramAuth::new(Arc::new(Source(credentials)));
        scram.set_iterations(ITERATIONS);
        let mut parameters = DefaultServerParameterProvider::default();
        parameters.is_superuser = false;
        let handler = SASLAuthStartupHandler::new(Arc::new(parameters)).with_scram(scram);
        Self::Scram(Box::new(handler.with_connection_manager(connections)))
    }
}

#[async_trait]
impl StartupHandler for Startup {
    async fn on_startup<C>(&self, client: &mut C, message: PgWireFrontendMessage) -> PgWireResult<()>
    where
        C: ClientInfo + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        match self {
            Self::Open(open) => open.on_startup(client, message).await,
            Self::Scram(scram) => scram.on_startup(client, message).await,
        }
    }
}
