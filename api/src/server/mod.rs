//! The server: accepts connections within limits, and drains them when it stops.
//!
//! The accept loop is our own, because `axum::serve` sets no timer: a client could take for ever over its headers.

mod connections;

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use tillstream_config::Http;
use tokio::net::TcpListener;

use self::connections::Connections;
use crate::{AppState, router};

/// How connections are treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Address and port; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Connections at the same time; more wait to be accepted.
    pub max_connections: usize,
    /// How long a client may take over the head of a request, an idle connection's wait for the next one included.
    pub header_timeout: Duration,
    /// How long requests under way may go on after the server was told to stop.
    pub drain_timeout: Duration,
}

impl From<&Http> for Options {
    fn from(http: &Http) -> Self {
        Self {
            listen: http.listen,
            max_connections: http.max_connections as usize,
            header_timeout: Duration::from_secs(10),
            drain_timeout: Duration::from_secs(5),
        }
    }
}

/// Why the server cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// The address cannot be listened on: it is taken, or not of this machine. Choose another with `http.listen`.
    #[error("cannot listen on {address}: {reason}; choose another address with --listen or http.listen")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        reason: std::io::Error,
    },
}

/// A server that is bound to its port and not yet serving.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    state: AppState,
    options: Options,
}

impl Server {
    /// Binds the port. Requests wait until [`Server::run`].
    ///
    /// # Errors
    /// [`ServerError::Bind`].
    pub async fn bind(state: AppState, options: Options) -> Result<Self, ServerError> {
        let failed = |reason| ServerError::Bind { address: options.listen, reason };
        let listener = TcpListener::bind(options.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address, state, options })
    }

    /// The address it is bound to, with the port that was taken.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown`, then lets requests under way end for at most the drain time-out.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let connections = Connections::new(router(self.state.clone()), self.options);
        tokio::select! {
            () = connections.accept(&self.listener) => {}
            () = shutdown => {}
        }
        self.state.start_draining();
        // From here on clients are refused at once in place of waiting in the listener's queue.
        drop(self.listener);
        connections.drain().await;
    }
}
