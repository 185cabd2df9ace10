//! `[sql]`

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::checks::Checks;
use crate::{Bytes, FaultKind, Millis};

/// SQL over HTTP, at the terminal and over the Postgres protocol.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sql {
    /// Where queries run.
    pub isolation: SqlIsolation,
    /// Queries at the same time in their first moments.
    pub quick_queries: u32,
    /// How long a query counts as quick.
    pub quick_time: Millis,
    /// Queries at the same time that take longer.
    pub slow_queries: u32,
    /// Part of its time in which such a query may run whatever processing wants, in percent.
    pub slow_least: u32,
    /// Queries that wait for a place.
    pub queue: u32,
    /// How long they wait.
    pub queue_time: Millis,
    /// Longest time for a query.
    pub time_limit: Millis,
    /// Time between two query processes that are ended, in a longer row of them.
    pub penalty_interval: Millis,
    /// Longest time until a query that ended its process is told so.
    pub penalty_max: Millis,
    /// Memory for the operators of one query.
    pub memory: Bytes,
    /// Memory of a query process, everything included.
    pub process_memory: Bytes,
    /// Scheduling priority of query processes, as `nice` counts it.
    pub niceness: u32,
    /// Rows of one answer.
    pub max_rows: u32,
    /// Bytes of one answer.
    pub max_bytes: Bytes,
    /// Bytes of a query's text.
    pub max_text: Bytes,
    /// Words and signs of a query.
    pub max_tokens: u32,
    /// Operators of a query.
    pub max_operators: u32,
    /// Levels of parentheses of a query.
    pub max_depth: u32,
    /// Tables and parts of tables one query reads at the same time.
    pub max_scans: u32,
    /// Whether the Postgres protocol is spoken.
    pub postgres: bool,
    /// Address and port of the Postgres protocol.
    pub postgres_listen: SocketAddr,
    /// Who may log in.
    pub postgres_user: String,
    /// With which password; empty: none is asked for, on loopback only.
    pub postgres_password: String,
    /// File of the certificate chain, PEM; empty: no TLS.
    pub postgres_certificate: String,
    /// File of its key, PEM.
    pub postgres_key: String,
    /// Connections at the same time.
    pub postgres_max_connections: u32,
}

/// Where queries run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SqlIsolation {
    /// In processes of their own.
    Process,
    /// In threads of the service.
    None,
}

impl Sql {
    /// Puts asterisks in the place of the password.
    pub(crate) fn hide_secrets(&mut self) {
        if !self.postgres_password.is_empty() {
            "***".clone_into(&mut self.postgres_password);
        }
    }

    pub(crate) fn check(&self, checks: &mut Checks<'_>) {
        checks.between("sql.quick_queries", self.quick_queries, 1, 256);
        checks.between("sql.quick_time", self.quick_time, Millis::new(1), Millis::minutes(1));
        checks.between("sql.slow_queries", self.slow_queries, 1, 256);
        checks.between("sql.slow_least", self.slow_least, 1, 100);
        checks.between("sql.queue", self.queue, 0, 10_000);
        checks.between("sql.queue_time", self.queue_time, Millis::ZERO, Millis::minutes(10));
        checks.between("sql.time_limit", self.time_limit, Millis::new(100), Millis::hours(1));
        checks.between("sql.penalty_interval", self.penalty_interval, Millis::ZERO, Millis::minutes(1));
        checks.between("sql.penalty_max", self.penalty_max, Millis::ZERO, Millis::minutes(10));
        checks.between("sql.memory", self.memory, Bytes::mib(8), Bytes::gib(256));
        checks.between("sql.process_memory", self.process_memory, Bytes::mib(128), Bytes::gib(512));
        checks.between("sql.niceness", self.niceness, 0, 19);
        checks.between("sql.max_rows", self.max_rows, 1, 1_000_000_000);
        checks.between("sql.max_bytes", self.max_bytes, Bytes::kib(1), Bytes::gib(64));
        checks.between("sql.max_text", self.max_text, Bytes::kib(1), Bytes::mib(4));
        checks.between("sql.max_tokens", self.max_tokens, 100, 1_000_000);
        checks.between("sql.max_operators", self.max_operators, 10, 1_500);
        checks.between("sql.max_depth", self.max_depth, 4, 100);
        checks.between("sql.max_scans", self.max_scans, 1, 1_000);
        checks.between("sql.postgres_max_connections", self.postgres_max_connections, 1, 10_000);
        checks.at_least(
            ("sql.process_memory", self.process_memory),
            ("sql.memory", self.memory),
            "the operators' memory is a part of the process's",
        );
        if self.postgres && self.postgres_password.is_empty() && !self.postgres_listen.ip().is_loopback() {
            let (problem, remedy) =
                ("every address may connect, and no password is asked for", "set a password of your own");
            checks.refuse(FaultKind::Contradiction, "sql.postgres_password", "", problem, remedy);
        }
        if self.postgres_certificate.is_empty() != self.postgres_key.is_empty() {
            let (problem, remedy) = ("TLS needs a certificate and its key", "set both files or neither");
            checks.refuse(FaultKind::Contradiction, "sql.postgres_key", &self.postgres_key, problem, remedy);
        }
    }
}
