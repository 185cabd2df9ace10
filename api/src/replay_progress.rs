//! How far a replay of recorded events is.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Consumer group under which a replay remembers, in the transaction that publishes events, how many it has published.
pub const REPLAY_GROUP: &str = "demo-replayer";

/// Topic the replay's count is an offset of. It never holds a record.
pub const REPLAY_TOPIC: &str = "demo-source";

/// Progress of a replay, written by the replayer and read by whoever asks.
#[derive(Debug, Default)]
pub struct ReplayProgress {
    total: AtomicU64,
    published: AtomicU64,
    done: AtomicBool,
}

impl ReplayProgress {
    /// Sets how many events there are, known before the first is published.
    pub fn set_total(&self, total: u64) {
        self.total.store(total, Ordering::Relaxed);
    }

    /// Sets how many have been published, all time.
    pub fn set_published(&self, published: u64) {
        self.published.store(published, Ordering::Relaxed);
    }

    /// All events are published and processed.
    pub fn finish(&self) {
        self.done.store(true, Ordering::Release);
    }

    /// Events of the source; 0 when nothing is replayed.
    pub fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }

    /// Events published.
    pub fn published(&self) -> u64 {
        self.published.load(Ordering::Relaxed)
    }

    /// Whether all events are published and processed.
    pub fn is_done(&self) -> bool {
        self.done.load(Ordering::Acquire)
    }
}
