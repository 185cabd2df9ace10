//! Settings of a whole topology.

use tillstream_stores::{Backend, ChangelogMode};

/// Which rewrites of the graph are allowed (KS-11). Off by default, as in Kafka Streams.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Optimization {
    /// A source topic serves as the changelog of its table.
    pub reuse_source_topics: bool,
    /// One repartition topic serves several groupings of one re-keyed stream.
    pub merge_repartition_topics: bool,
    /// A stream joined with itself keeps one store.
    pub self_join: bool,
}

impl Optimization {
    /// All rewrites.
    pub const ALL: Self = Self { reuse_source_topics: true, merge_repartition_topics: true, self_join: true };
}

/// What holds for every operator of a topology unless it says otherwise.
#[derive(Clone, Debug)]
pub struct TopologyConfig {
    /// Whether aggregations and tables hand on only the last result of a key in a commit interval (default), or each.
    pub caching: bool,
    /// Where stores keep committed values.
    pub backend: Backend,
    /// What goes into the changelog between two commits.
    pub changelog_mode: ChangelogMode,
    /// Bytes of committed values each store keeps at hand, typed.
    pub cache_bytes_per_store: usize,
    /// Rewrites of the graph.
    pub optimization: Optimization,
    /// How often, by the wall clock in ms, unmatched rows of outer joins are released at most.
    pub join_emit_interval_ms: i64,
    /// Refuse generated names for stores and repartition topics (KIP-1111).
    pub explicit_names: bool,
}

impl Default for TopologyConfig {
    fn default() -> Self {
        Self {
            caching: true,
            backend: Backend::Rocks,
            changelog_mode: ChangelogMode::PerCommit,
            cache_bytes_per_store: 8 << 20,
            optimization: Optimization::default(),
            join_emit_interval_ms: 0,
            explicit_names: false,
        }
    }
}
