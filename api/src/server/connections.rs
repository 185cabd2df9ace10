//! Connections: accepted up to a limit, each served by a task of its own.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::Options;

/// How long to wait after the system had no file or memory for a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

pub(super) struct Connections {
    router: Router,
    options: Options,
    places: Arc<Semaphore>,
    stop: watch::Sender<bool>,
}

impl Connections {
    pub(super) fn new(router: Router, options: Options) -> Self {
        let places = Arc::new(Semaphore::new(options.max_connections.max(1)));
        Self { router, options, places, stop: watch::Sender::new(false) }
    }

    /// Accepts for ever. Without a free place nothing is accepted: the system's queue is the waiting room.
    pub(super) async fn accept(&self, listener: &TcpListener) {
        while let Ok(place) = Arc::clone(&self.places).acquire_owned().await {
            match listener.accept().await {
                Ok((stream, _)) => self.spawn(stream, place),
                // The client was gone before it was accepted.
                Err(error) if is_clients(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "cannot accept connections");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn spawn(&self, stream: TcpStream, place: OwnedSemaphorePermit) {
        let service = TowerToHyperService::new(self.router.clone());
        let header_timeout = self.options.header_timeout;
        let mut stop = self.stop.subscribe();
        let stopped = async move {
            let _ = stop.wait_for(|stop| *stop).await;
        };
        tokio::spawn(async move {
            let _place = place;
            // Answers are written whole; waiting for more bytes would only delay them.
            let _ = stream.set_nodelay(true);
            let mut builder = http1::Builder::new();
            builder.timer(TokioTimer::new()).header_read_timeout(header_timeout);
            let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
            let outcome = tokio::select! {
                outcome = connection.as_mut() => outcome,
                () = stopped => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = outcome {
                tracing::debug!(%error, "connection ended");
            }
        });
    }

    /// Ends idle connections now and busy ones after their request; waits at most the drain time-out.
    pub(super) async fn drain(&self) {
        self.stop.send_replace(true);
        let all = u32::try_from(self.options.max_connections.max(1)).unwrap_or(u32::MAX);
        if tokio::time::timeout(self.options.drain_timeout, self.places.acquire_many(all)).await.is_err() {
            tracing::warn!("some requests did not end in time and are given up");
        }
    }
}

fn is_clients(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
