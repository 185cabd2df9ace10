//! Where everything lies in the database. These bytes are on disk: changing one needs a new [`FORMAT_VERSION`].
//!
//! | column    | key                                                    | value                              |
//! |-----------|--------------------------------------------------------|------------------------------------|
//! | see below | topic u32, partition u32, last offset u64              | a batch                            |
//! | `meta`    | `v`                                                    | format version u32                 |
//! |           | `t`, topic u32                                         | partitions, policy and name        |
//! |           | `p`, topic u32, partition u32                          | [`PartitionState`]                 |
//! |           | `a`, topic u32, partition u32                          | append times, for retention        |
//! |           | `w`, transactional id                                  | writer id u32, epoch u32           |
//! |           | `g`, length u16, group, topic u32, partition u32       | next offset to read i64            |
//!
//! Batches lie in one of four columns, by how their topic gives up records. Large ones are kept in files of their own,
//! which are never rewritten and vanish when nothing in them is wanted any more: records that leave at different times
//! must not share a file.
//!
//! All numbers are big-endian, so that byte order is number order. A batch lies under its *last* offset: the first key
//! at or behind an offset is then the batch that holds it, whatever compaction has removed.
//!
//! [`PartitionState`]: super::partition::PartitionState

/// Batches of topics that give up nothing.
pub(super) const KEPT: &str = "kept";
/// Batches of topics with a retention.
pub(super) const AGING: &str = "aging";
/// Batches of repartition topics, which are purged behind their reader.
pub(super) const PURGED: &str = "purged";
/// Batches of compacted topics.
pub(super) const COMPACTED: &str = "compacted";
/// All columns that hold batches.
pub(super) const BATCH_COLUMNS: [&str; 4] = [KEPT, AGING, PURGED, COMPACTED];
pub(super) const META: &str = "meta";
pub(super) const FORMAT_VERSION: u32 = 1;
pub(super) const VERSION_KEY: &[u8] = b"v";
pub(super) const TOPIC: u8 = b't';
pub(super) const PARTITION: u8 = b'p';
pub(super) const APPEND_TIMES: u8 = b'a';
pub(super) const WRITER: u8 = b'w';
pub(super) const GROUP: u8 = b'g';

/// A partition by numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct PartitionKey {
    pub(super) topic: u32,
    pub(super) partition: u32,
}

impl PartitionKey {
    /// Key of the batch that ends with `last_offset`. Offsets are never negative.
    pub(super) fn batch(self, last_offset: i64) -> [u8; 16] {
        let place = u128::from(self.topic) << 96 | u128::from(self.partition) << 64;
        (place | u128::from(last_offset.max(0).unsigned_abs())).to_be_bytes()
    }

    /// Key of what `tag` keeps about the partition.
    pub(super) fn meta(self, tag: u8) -> Vec<u8> {
        let mut key = vec![tag];
        self.append_to(&mut key);
        key
    }

    /// Key of the offset `group` has committed.
    pub(super) fn group(self, group: &str) -> Vec<u8> {
        let mut key = group_prefix(group);
        self.append_to(&mut key);
        key
    }

    fn append_to(self, key: &mut Vec<u8>) {
        key.extend(self.topic.to_be_bytes());
        key.extend(self.partition.to_be_bytes());
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields(bytes);
        let key = Self { topic: fields.u32()?, partition: fields.u32()? };
        fields.0.is_empty().then_some(key)
    }
}

/// What all keys of `group` begin with. A name over 64 KiB is cut; Kafka allows 255 bytes.
pub(super) fn group_prefix(group: &str) -> Vec<u8> {
    let name = group.as_bytes();
    let length = u16::try_from(name.len()).unwrap_or(u16::MAX);
    let mut key = vec![GROUP];
    key.extend(length.to_be_bytes());
    key.extend(name.iter().take(usize::from(length)));
    key
}

/// Takes a key under [`GROUP`] apart.
pub(super) fn read_group(key: &[u8]) -> Option<(&str, PartitionKey)> {
    let (length, rest) = key.strip_prefix(&[GROUP])?.split_first_chunk()?;
    let (name, place) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    Some((std::str::from_utf8(name).ok()?, PartitionKey::read(place)?))
}

/// Key of topic number `topic`.
pub(super) fn topic(topic: u32) -> Vec<u8> {
    let mut key = vec![TOPIC];
    key.extend(topic.to_be_bytes());
    key
}

/// Key of a transactional id.
pub(super) fn writer(transactional_id: &str) -> Vec<u8> {
    let mut key = vec![WRITER];
    key.extend(transactional_id.as_bytes());
    key
}

/// Big-endian numbers from the front of a value; `None` where it ends early.
#[derive(Debug)]
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl Fields<'_> {
    pub(super) fn u8(&mut self) -> Option<u8> {
        self.take().map(u8::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_be_bytes)
    }

    pub(super) fn i64(&mut self) -> Option<i64> {
        self.take().map(i64::from_be_bytes)
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (field, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_order_is_partition_and_offset_order() {
        let key = |topic, partition, offset| PartitionKey { topic, partition }.batch(offset);
        let sorted = [key(0, 0, 0), key(0, 0, 255), key(0, 0, 256), key(0, 1, 0), key(1, 0, 7), key(1, 0, i64::MAX)];
        assert!(sorted.is_sorted());
    }

    #[test]
    fn a_group_key_is_taken_apart() {
        let place = PartitionKey { topic: 3, partition: 9 };
        assert_eq!(read_group(&place.group("shop")), Some(("shop", place)));
        assert_eq!(read_group(b"g\x00\x09shop"), None);
        // One group's name may begin with another's: their keys do not.
        assert!(!place.group("shop-two").starts_with(&group_prefix("shop")));
    }
}
