//! The time that retention of a window store counts from.

use serde::{Deserialize, Serialize};

/// How far in event time a window store is, epoch ms; -1 before the first row. Its changelog tells no more than the rows, so whoever
/// restores them has to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObservedTime {
    /// The highest start that was put.
    OfPuts(i64),
    /// What the owner handed in ([`WindowStore::advance`](crate::WindowStore::advance)): rows may be ahead of it.
    HandedIn(i64),
}
