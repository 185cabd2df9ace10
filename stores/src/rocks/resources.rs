//! Memory and files that all databases of the process share.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rocksdb::{Cache, WriteBufferManager};

/// One memory number for the whole process: block cache and write buffers. Cheap to clone; every database opened with
/// the same one draws from the same budget.
///
/// ```
/// use tillstream_stores::rocks::Resources;
/// let resources = Resources::new(64 << 20, 50, 512);
/// assert!(resources.usage().write_buffer_bytes < 64 << 20);
/// ```
#[derive(Clone)]
pub struct Resources {
    pub(super) cache: Cache,
    pub(super) write_buffers: WriteBufferManager,
    pub(super) max_open_files: i32,
    memory_bytes: usize,
    write_buffer_bytes: usize,
    /// Bytes in runs over all databases.
    pub(super) run_bytes: Arc<AtomicUsize>,
}

/// What of the budget is in use at a moment, for gauges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// The whole budget, in bytes.
    pub memory_bytes: usize,
    /// Bytes in the block cache: blocks, indexes, filters, and the charge for the write buffers.
    pub cache_bytes: usize,
    /// Bytes of the block cache that cannot be evicted now.
    pub pinned_bytes: usize,
    /// Bytes in memtables over all databases.
    pub write_buffer_bytes: usize,
}

impl Resources {
    /// A budget of `memory_bytes`, of which write buffers take at most `write_buffer_share_percent` (1 to 90); each
    /// database keeps at most `max_open_files` files open (-1: all).
    #[must_use]
    pub fn new(memory_bytes: usize, write_buffer_share_percent: u8, max_open_files: i32) -> Self {
        let share = usize::from(write_buffer_share_percent.clamp(1, 90));
        // RocksDB's own default. Its older cache divides 48 MiB into 64 parts, in each of which one filter displaces the rest.
        let cache = Cache::new_hyper_clock_cache(memory_bytes, 0);
        let write_buffer_bytes = memory_bytes / 100 * share;
        // The buffers are charged to the cache, so that the sum of both stays within one number. Writers are not
        // stalled by it: with many databases the one that stalls waits for a flush that another one would have to make.
        let write_buffers =
            WriteBufferManager::new_write_buffer_manager_with_cache(write_buffer_bytes, false, cache.clone());
        Self { cache, write_buffers, max_open_files, memory_bytes, write_buffer_bytes, run_bytes: Arc::default() }
    }

    /// Whether all memtables together are larger than their share: rows come faster than they are written to files.
    pub(super) fn is_short_of_memory(&self) -> bool {
        self.write_buffers.get_usage() > self.write_buffer_bytes
    }

    /// Whether all runs together, and the memtables, are larger than the memtables' share.
    pub(super) fn has_too_long_runs(&self) -> bool {
        self.run_bytes.load(Ordering::Relaxed) + self.write_buffers.get_usage() > self.write_buffer_bytes
    }

    /// What is in use now.
    #[must_use]
    pub fn usage(&self) -> Usage {
        Usage {
            memory_bytes: self.memory_bytes,
            cache_bytes: self.cache.get_usage(),
            pinned_bytes: self.cache.get_pinned_usage(),
            write_buffer_bytes: self.write_buffers.get_usage(),
        }
    }
}

impl Default for Resources {
    /// 256 MiB, half of it for write buffers, 512 open files a database.
    fn default() -> Self {
        Self::new(256 << 20, 50, 512)
    }
}

impl fmt::Debug for Resources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resources").field("usage", &self.usage()).field("max_open_files", &self.max_open_files).finish()
    }
}
