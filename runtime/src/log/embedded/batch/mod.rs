//! The format of a batch: what is one value in the database.
//!
//! ```text
//! batch   = header (57 bytes, see `Header`) record*
//! record  = varint  offset gap: offset - (offset of the record before) - 1; 0 for the first
//!           zigzag  timestamp - timestamp of the first record (wrapping: any two timestamps have a difference)
//!           varint  key length + 1, or 0 for null; key bytes
//!           varint  value length + 1, or 0 for null; value bytes
//!           varint  number of headers; each: name length, name, value length + 1 or 0 for null, value
//! ```
//!
//! Gaps are what compaction leaves behind: offsets never change.

mod builder;
mod header;
mod records;
mod varint;

pub(super) use builder::{BatchBuilder, SealedBatch};
pub(super) use header::Producer;
pub(super) use records::{Batch, RecordView};

/// Why a batch cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Damage(pub(super) &'static str);

impl std::fmt::Display for Damage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

#[cfg(test)]
mod tests;
