//! What stands before the records of a batch.

use crc32fast::Hasher;

use super::Damage;

/// Bytes of a header.
pub(in super::super) const HEADER_BYTES: usize = 57;
/// Where the part that the checksum covers begins: behind the version and the checksum itself.
const COVERED_FROM: usize = 5;
const VERSION: u8 = 1;
/// Stands for "no tombstone of this batch has been seen by a cleaning yet".
const NO_HORIZON: i64 = i64::MIN;

/// A writer, as it is written into its batches: who, and the how-manieth of its name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Producer {
    pub(in super::super) id: u32,
    pub(in super::super) epoch: u32,
}

/// The header of a batch. All numbers are little-endian, in the order of the fields, behind one byte of version and
/// four of CRC-32 over everything that follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Header {
    /// Offset of the first record.
    pub(in super::super) base_offset: i64,
    /// Offset the batch ends with; its last record may have been compacted away, the number stays.
    pub(in super::super) last_offset: i64,
    /// Number of records.
    pub(in super::super) records: u32,
    /// Timestamp of the first record, from which the others are counted.
    pub(in super::super) base_timestamp: i64,
    /// Highest timestamp.
    pub(in super::super) max_timestamp: i64,
    /// Who wrote it.
    pub(in super::super) producer: Producer,
    /// From when on the tombstones in it may be dropped; `None` until a cleaning has seen them.
    pub(in super::super) delete_horizon_ms: Option<i64>,
}

impl Header {
    /// The header's bytes; `records` is the running checksum of the records.
    pub(super) fn encode(&self, records: &Hasher) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        let mut place = Placer { rest: &mut bytes };
        place.put([VERSION]);
        place.put([0; 4]);
        place.put(self.base_offset.to_le_bytes());
        place.put(self.last_offset.to_le_bytes());
        place.put(self.records.to_le_bytes());
        place.put(self.base_timestamp.to_le_bytes());
        place.put(self.max_timestamp.to_le_bytes());
        place.put(self.producer.id.to_le_bytes());
        place.put(self.producer.epoch.to_le_bytes());
        place.put(self.delete_horizon_ms.unwrap_or(NO_HORIZON).to_le_bytes());
        let mut checksum = Hasher::new();
        checksum.update(bytes.split_at(COVERED_FROM).1);
        checksum.combine(records);
        Placer { rest: &mut bytes }.skip(1).put(checksum.finalize().to_le_bytes());
        bytes
    }

    /// Reads the header of `batch` after its checksum over header and records was found good.
    pub(in super::super) fn checked(batch: &[u8]) -> Result<Self, Damage> {
        let (header, checksum) = Self::read(batch)?;
        let covered = batch.get(COVERED_FROM..).ok_or(Damage("it is shorter than a header"))?;
        if crc32fast::hash(covered) != checksum {
            return Err(Damage("its checksum does not match"));
        }
        Ok(header)
    }

    fn read(batch: &[u8]) -> Result<(Self, u32), Damage> {
        let mut take = Taker { rest: batch };
        let [version] = take.bytes()?;
        if version != VERSION {
            return Err(Damage("its format version is unknown"));
        }
        let checksum = u32::from_le_bytes(take.bytes()?);
        let header = Self {
            base_offset: i64::from_le_bytes(take.bytes()?),
            last_offset: i64::from_le_bytes(take.bytes()?),
            records: u32::from_le_bytes(take.bytes()?),
            base_timestamp: i64::from_le_bytes(take.bytes()?),
            max_timestamp: i64::from_le_bytes(take.bytes()?),
            producer: Producer { id: u32::from_le_bytes(take.bytes()?), epoch: u32::from_le_bytes(take.bytes()?) },
            delete_horizon_ms: match i64::from_le_bytes(take.bytes()?) {
                NO_HORIZON => None,
                horizon => Some(horizon),
            },
        };
        Ok((header, checksum))
    }
}

/// Fills a fixed buffer from its front. The fields add up to [`HEADER_BYTES`], which the round trip in the tests shows.
struct Placer<'a> {
    rest: &'a mut [u8],
}

impl Placer<'_> {
    fn put<const N: usize>(&mut self, field: [u8; N]) {
        if let Some((place, rest)) = std::mem::take(&mut self.rest).split_first_chunk_mut() {
            *place = field;
            self.rest = rest;
        }
    }

    fn skip(self, bytes: usize) -> Self {
        Self { rest: self.rest.get_mut(bytes..).unwrap_or_default() }
    }
}

struct Taker<'a> {
    rest: &'a [u8],
}

impl Taker<'_> {
    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], Damage> {
        let (field, rest) = self.rest.split_first_chunk().ok_or(Damage("it is shorter than a header"))?;
        self.rest = rest;
        Ok(*field)
    }
}
