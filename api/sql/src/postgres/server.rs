//! Listening, accepting, TLS.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion_postgres::pgwire::api::ConnectionManager;
use datafusion_postgres::pgwire::api::PgWireServerHandlers;
use datafusion_postgres::pgwire::api::auth::StartupHandler;
use datafusion_postgres::pgwire::api::cancel::{CancelHandler, DefaultCancelHandler};
use datafusion_postgres::pgwire::api::query::{ExtendedQueryHandler, SimpleQueryHandler};
use datafusion_postgres::pgwire::tokio::process_socket;
use datafusion_postgres::pgwire::tokio::tokio_rustls::TlsAcceptor;
use datafusion_postgres::pgwire::tokio::tokio_rustls::rustls::pki_types::pem::PemObject as _;
use datafusion_postgres::pgwire::tokio::tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use datafusion_postgres::pgwire::tokio::tokio_rustls::rustls::{ServerConfig, crypto};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::queries::Queries;
use super::startup::{Credentials, Startup};
use crate::service::Sql;

/// How the Postgres protocol is served.
#[derive(Clone, Debug)]
pub struct PostgresOptions {
    /// Address and port; port 0 takes a free one.
    pub listen: SocketAddr,
    /// User and password (SCRAM-SHA-256); `None`: nobody is asked.
    pub login: Option<(String, String)>,
    /// Files of the certificate chain and its key, PEM.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Connections at the same time.
    pub max_connections: usize,
}

/// Why the Postgres protocol cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PostgresError {
    /// The address cannot be listened on.
    #[error("{address} cannot be listened on for Postgres clients: {reason}; choose another with sql.postgres_listen")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        reason: std::io::Error,
    },
    /// The certificate or its key is no good. There is no falling back to a connection in the clear.
    #[error(
        "the certificate for Postgres clients cannot be used: {0}; see sql.postgres_certificate and sql.postgres_key"
    )]
    Tls(String),
}

/// A listener for Postgres clients.
pub struct Postgres {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
    handlers: Handlers,
    places: Arc<Semaphore>,
}

impl Postgres {
    /// Binds the port. Clients wait until [`Postgres::run`].
    ///
    /// # Errors
    /// [`PostgresError`].
    pub async fn bind(sql: Sql, options: &PostgresOptions) -> Result<Self, PostgresError> {
        let tls = options.tls.as_ref().map(|(certificate, key)| acceptor(certificate, key)).transpose()?;
        let failed = |reason| PostgresError::Bind { address: options.listen, reason };
        let listener = TcpListener::bind(options.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let connections = Arc::new(ConnectionManager::new());
        let credentials = options.login.as_ref().map(|(user, password)| Arc::new(Credentials::new(user, password)));
        let handlers = Handlers { queries: Arc::new(Queries::new(sql)), connections, credentials };
        Ok(Self { listener, address, tls, handlers, places: Arc::new(Semaphore::new(options.max_connections)) })
    }

    /// The address it is bound to.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown`; then connections are closed, and their queries with them.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let mut connections = JoinSet::new();
        tokio::pin!(shutdown);
        loop {
            let accepted = tokio::select! {
                () = &mut shutdown => return,
                accepted = self.listener.accept() => accepted,
                Some(_) = connections.join_next() => continue,
            };
            let (socket, _) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of file handles, most likely: others must close first.
                    tracing::warn!(%error, "a Postgres client could not be accepted");
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                    continue;
                }
            };
            let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
                tracing::warn!(
                    "a Postgres client was refused: all connections are taken (sql.postgres_max_connections)"
                );
                continue;
            };
            let (tls, handlers) = (self.tls.clone(), self.handlers.clone());
            connections.spawn(async move {
                let _place = place;
                if let Err(error) = process_socket(socket, tls, handlers).await {
                    tracing::debug!(%error, "a Postgres client is gone");
                }
            });
        }
    }
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Postgres").field("address", &self.address).finish_non_exhaustive()
    }
}

fn acceptor(certificate: &Path, key: &Path) -> Result<TlsAcceptor, PostgresError> {
    let failed =
        |path: &Path, error: &dyn std::fmt::Display| PostgresError::Tls(format!("{}: {error}", path.display()));
    let chain = CertificateDer::pem_file_iter(certificate).map_err(|error| failed(certificate, &error))?;
    let chain: Result<Vec<CertificateDer<'static>>, _> = chain.collect();
    let chain = chain.map_err(|error| failed(certificate, &error))?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| failed(key, &error))?;
    let config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, private))
        .map_err(|error| failed(certificate, &error))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// What each connection is handled by.
#[derive(Clone)]
struct Handlers {
    queries: Arc<Queries>,
    connections: Arc<ConnectionManager>,
    credentials: Option<Arc<Credentials>>,
}

impl PgWireServerHandlers for Handlers {
    fn simple_query_handler(&self) -> Arc<impl SimpleQueryHandler> {
        Arc::clone(&self.queries)
    }

    fn extended_query_handler(&self) -> Arc<impl ExtendedQueryHandler> {
        Arc::clone(&self.queries)
    }

    fn startup_handler(&self) -> Arc<impl StartupHandler> {
        Arc::new(Startup::new(self.credentials.clone(), Arc::clone(&self.connections)))
    }

    fn cancel_handler(&self) -> Arc<impl CancelHandler> {
        Arc::new(DefaultCancelHandler::new(Arc::clone(&self.connections)))
    }
}
