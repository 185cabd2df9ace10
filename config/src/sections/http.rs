//! `[http]`

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::checks::Checks;
use crate::{Bytes, Millis};

/// The HTTP server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// Address and port; port 0 takes a free one.
    pub listen: SocketAddr,
    /// `host:port` at which other instances reach this one; empty: `listen`, or the host's name where that is every address.
    pub advertised: String,
    /// Largest request body.
    pub body_limit: Bytes,
    /// Longest time for a request.
    pub request_timeout: Millis,
    /// Connections at the same time.
    pub max_connections: u32,
    /// Ingest requests being written at the same time.
    pub ingest_max_in_flight: u32,
}

impl Http {
    pub(crate) fn check(&self, checks: &mut Checks<'_>) {
        checks.between("http.body_limit", self.body_limit, Bytes::kib(1), Bytes::mib(256));
        checks.between("http.request_timeout", self.request_timeout, Millis::new(100), Millis::hours(1));
        checks.between("http.max_connections", self.max_connections, 1, 100_000);
        checks.between("http.ingest_max_in_flight", self.ingest_max_in_flight, 1, 10_000);
    }
}
