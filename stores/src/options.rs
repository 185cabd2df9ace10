//! How a store keeps its rows.

/// Where committed rows are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// On disk; survives a restart.
    Rocks,
    /// In memory; restored from the changelog after a restart.
    Memory,
}

/// Bytes of a committed value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The value alone; its timestamp reads back as -1.
    Plain,
    /// The timestamp as `int64`, then the value.
    Timestamped,
}

/// What goes into the changelog between two commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangelogMode {
    /// One record for each key written, in the order of the last write.
    PerCommit,
    /// One record for each write, as Kafka Streams does without a cache. A store with `caching` writes per commit all the
    /// same.
    EveryPut,
}

/// In which order a window store lists rows of several keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListingOrder {
    /// By start, then key: what emission of closed windows needs.
    #[default]
    TimeThenKey,
    /// By segment, then key, then start: the order of Kafka Streams' persistent stores.
    SegmentThenKey,
}

/// Settings that every kind of store has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreOptions {
    /// Name, unique within the topology.
    pub name: String,
    /// Where committed rows are kept.
    pub backend: Backend,
    /// Bytes of committed values.
    pub format: Format,
    /// Whether changes are logged, so that the store survives the loss of its directory.
    pub logging: bool,
    /// Whether the store remembers what was written since the last flush, and the values before.
    pub caching: bool,
    /// What goes into the changelog.
    pub changelog_mode: ChangelogMode,
    /// Bytes (estimated) of committed rows kept typed in memory for reading.
    pub cache_bytes: usize,
}

impl StoreOptions {
    /// On disk, with timestamps, logged once a commit, 8 MiB of rows at hand, no flushes.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            backend: Backend::Rocks,
            format: Format::Timestamped,
            logging: true,
            caching: false,
            changelog_mode: ChangelogMode::PerCommit,
            cache_bytes: 8 << 20,
        }
    }

    /// Whether every write is logged by itself.
    pub(crate) fn logs_every_put(&self) -> bool {
        self.logging && !self.caching && self.changelog_mode == ChangelogMode::EveryPut
    }
}

/// Settings of window stores. Times in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowOptions {
    /// Rows whose start lies this far, or further, behind the newest are gone.
    pub retention_ms: i64,
    /// Size of the windows; only says where a listed window ends.
    pub window_size_ms: i64,
    /// Whether puts of one key and start add rows instead of replacing one.
    pub retain_duplicates: bool,
}

/// Shortest segment: fewer rows would not be worth a range of their own.
const MIN_SEGMENT_MS: i64 = 60_000;

/// Longest segment: a listing of a few hours should not have to pass over months.
const MAX_SEGMENT_MS: i64 = 86_400_000;

impl WindowOptions {
    /// Length of a segment, the unit in which rows lie together and expire on disk: half the retention, between a minute and a
    /// day.
    #[must_use]
    pub fn segment_ms(&self) -> i64 {
        (self.retention_ms / 2).clamp(MIN_SEGMENT_MS, MAX_SEGMENT_MS)
    }
}
