//! A store as the commit and the restore see it, whatever its types.

use crate::{Error, ObservedTime, RestoreBatch, RestoreRecord, Staged, StoreKind};

/// Sizes and counts of a store since it was built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreStats {
    /// Keys in memory, dirty and clean.
    pub keys: usize,
    /// Rows written since the last commit.
    pub dirty_rows: usize,
    /// Estimated bytes in memory, dirty and clean.
    pub bytes: usize,
    /// Estimated bytes of keys with rows written since the last commit.
    pub dirty_bytes: usize,
    /// Rows that were asked for.
    pub reads: u64,
    /// Rows, or ranges of rows, that had to be read from the committed table.
    pub table_reads: u64,
    /// Writes refused because their window had expired.
    pub expired: u64,
}

/// A store of any kind and type: what a commit and a restore need.
pub trait StateStore {
    /// Its name.
    fn name(&self) -> &str;

    /// Its kind.
    fn kind(&self) -> StoreKind;

    /// Whether its changes are logged.
    fn logging(&self) -> bool;

    /// Encodes what was written since the last commit.
    ///
    /// # Errors
    /// When a value cannot be encoded, or committed rows cannot be read.
    fn stage(&mut self, out: &mut Staged) -> Result<(), Error>;

    /// The changelog has what was staged, or restored, from offset `from` on.
    fn logged(&mut self, _from: i64) {}

    /// What was staged is committed now.
    fn applied(&mut self);

    /// Drops everything written since the last commit.
    fn discard(&mut self);

    /// Estimated bytes of what was written since the last commit.
    fn dirty_bytes(&self) -> usize;

    /// Adds a changelog record to `batch`.
    ///
    /// # Errors
    /// When the record does not have the layout of the store.
    fn restore(&mut self, batch: &mut RestoreBatch, record: RestoreRecord<'_>) -> Result<(), Error>;

    /// Whether the store's serdes can read `record`. One of its changelog they can; one of a source topic that stands in for
    /// the changelog may be anything.
    fn can_read(&self, _record: RestoreRecord<'_>) -> bool {
        true
    }

    /// The time that retention counts from; `None`: nothing expires.
    fn observed(&self) -> Option<ObservedTime> {
        None
    }

    /// Takes up the time that [`StateStore::observed`] told when rows were committed that are restored.
    fn set_observed(&mut self, _time: ObservedTime) {}

    /// What the store keeps with its rows, to be handed to it when it is built again; `None`: nothing.
    fn metadata(&self) -> Option<Vec<u8>>;

    /// Keeps at most `bytes` (estimated) of committed rows at hand from now on, instead of what its options say: the process
    /// shares one budget among all stores it has open.
    fn limit_cache(&mut self, bytes: usize);

    /// Sizes and counts, for gauges.
    fn stats(&self) -> StoreStats;
}
