//! An event counts once: repeats of an event id are dropped, another event under a known id is refused.

mod seen;
mod windowed;

pub(crate) use seen::{Seen, SeenEvents};
pub(crate) use windowed::Deduplicate;

use tillstream_topology::ProcessError;

/// The refusal of another event under a known id. The first one stands.
pub(crate) fn conflict(event_id: &str) -> ProcessError {
    ProcessError::refused("conflicting_duplicate", format!("event id {event_id:?} came before with another payload"))
}
