//! `[state]`

use serde::{Deserialize, Serialize};

use crate::Bytes;
use crate::checks::Checks;

/// The state stores.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Block cache and write buffers of all stores together.
    pub memory: Bytes,
    /// The part of `memory` that may be write buffers, between 0 and 1.
    pub write_buffer_share: f64,
    /// Uncommitted writes a thread may hold before it commits early.
    pub overlay_max_bytes: Bytes,
    /// Decoded values kept for reading, for all stores together; 0 is off.
    pub cache_max_bytes: Bytes,
    /// Files kept open, for all stores together.
    pub max_open_files: u32,
    /// Keep state in memory only and rebuild it from the changelogs at each start.
    pub in_memory: bool,
}

impl State {
    pub(crate) fn check(&self, checks: &mut Checks<'_>) {
        checks.between("state.memory", self.memory, Bytes::mib(16), Bytes::gib(1024));
        checks.between("state.write_buffer_share", self.write_buffer_share, 0.05, 0.9);
        checks.between("state.overlay_max_bytes", self.overlay_max_bytes, Bytes::mib(1), Bytes::gib(16));
        checks.between("state.cache_max_bytes", self.cache_max_bytes, Bytes::new(0), Bytes::gib(64));
        checks.between("state.max_open_files", self.max_open_files, 64, 1_000_000);
    }
}
