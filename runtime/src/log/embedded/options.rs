//! What can be set about an embedded log.

use tillstream_stores::rocks::Durability;

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// Sizes and bounds of an embedded log. The default suits a shop on one machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmbeddedOptions {
    /// How far a commit is carried before it is reported as done.
    pub durability: Durability,
    /// A batch is closed before it would grow past this, in bytes before compression. Default 256 KiB.
    pub batch_bytes: usize,
    /// Largest record, counting key, value and headers. Default 1 MiB.
    pub max_record_bytes: usize,
    /// Memory for the newest batches, so that what was just written is not read back. Default 32 MiB.
    pub recent_bytes: usize,
    /// One poll ends with the batch that takes it past this. Default 4 MiB.
    pub fetch_bytes: usize,
    /// One poll takes no further batch of a partition after this. Default 1 MiB.
    pub partition_fetch_bytes: usize,
    /// Compaction of topics that keep the newest record of each key.
    pub compaction: CompactionOptions,
}

/// When and how compacted topics are cleaned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompactionOptions {
    /// A partition is cleaned once this share of it was written since its last cleaning. Default 50.
    pub min_dirty_percent: u8,
    /// The newest bytes of a partition are left alone. Default 1 MiB.
    pub active_bytes: usize,
    /// Milliseconds a tombstone is kept after the first cleaning that saw it, so that a reader on its way through the
    /// partition meets it. Default one day.
    pub delete_retention_ms: i64,
    /// Bytes read in one step. Default 16 MiB.
    pub step_bytes: usize,
    /// Memory for the keys of the part being cleaned; more keys take several passes. Default 32 MiB.
    pub index_bytes: usize,
}

impl Default for EmbeddedOptions {
    fn default() -> Self {
        Self {
            durability: Durability::NoSync,
            batch_bytes: 256 * KIB,
            max_record_bytes: MIB,
            recent_bytes: 32 * MIB,
            fetch_bytes: 4 * MIB,
            partition_fetch_bytes: MIB,
            compaction: CompactionOptions::default(),
        }
    }
}

impl Default for CompactionOptions {
    fn default() -> Self {
        Self {
            min_dirty_percent: 50,
            active_bytes: MIB,
            delete_retention_ms: 24 * 60 * 60 * 1000,
            step_bytes: 16 * MIB,
            index_bytes: 32 * MIB,
        }
    }
}
