#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use bytes::Bytes;
use proptest::prelude::*;
use tillstream_stores::Headers;
use tillstream_topology::RawRecord;

use super::header::{HEADER_BYTES, Header};
use super::*;

type Given = (u8, i64, Option<Vec<u8>>, Option<Vec<u8>>, Vec<(String, Option<Vec<u8>>)>);

fn given() -> impl Strategy<Value = Given> {
    let headers = prop::collection::vec(("[a-z]{0,4}", any::<Option<Vec<u8>>>()), 0..3);
    (any::<u8>(), any::<i64>(), any::<Option<Vec<u8>>>(), any::<Option<Vec<u8>>>(), headers)
}

fn raw(offset: i64, given: &Given) -> RawRecord {
    let mut headers = Headers::default();
    for (name, value) in &given.4 {
        headers.push(name.as_str(), value.clone().map(Bytes::from));
    }
    RawRecord {
        offset,
        timestamp: given.1,
        key: given.2.clone().map(Bytes::from),
        value: given.3.clone().map(Bytes::from),
        headers,
    }
}

/// Records with gaps between their offsets, from 0 on.
fn with_gaps(given: &[Given]) -> Vec<RawRecord> {
    let mut offset = 0;
    let mut records = Vec::new();
    for (index, one) in given.iter().enumerate() {
        offset += if index == 0 { 0 } else { 1 + i64::from(one.0) };
        records.push(raw(offset, one));
    }
    records
}

fn batch_of(records: &[RawRecord], base: i64) -> Vec<u8> {
    let mut builder = BatchBuilder::default();
    for record in records {
        builder.push(record.offset, record.timestamp, record.key.as_deref(), record.value.as_deref(), &record.headers);
    }
    let mut sealed = builder.seal().unwrap();
    sealed.place(base, Producer { id: 7, epoch: 3 });
    sealed.into_bytes()
}

proptest! {
    #[test]
    fn records_come_back_as_they_were(given in prop::collection::vec(given(), 1..20), base in 0..1_i64 << 60, skip in 0_usize..20) {
        let mut records = with_gaps(&given);
        let bytes = batch_of(&records, base);
        for record in &mut records {
            record.offset += base;
        }
        let batch = Batch::checked(Bytes::from(bytes)).unwrap();
        prop_assert_eq!(batch.header.base_offset, records[0].offset);
        prop_assert_eq!(batch.header.last_offset, records[records.len() - 1].offset);
        prop_assert_eq!(batch.header.max_timestamp, records.iter().map(|record| record.timestamp).max().unwrap());
        prop_assert_eq!(batch.header.producer, Producer { id: 7, epoch: 3 });
        let from = records[skip.min(records.len() - 1)].offset;
        let mut read = Vec::new();
        batch.collect_from(from, &mut read).unwrap();
        records.retain(|record| record.offset >= from);
        prop_assert_eq!(read, records);
    }

    #[test]
    fn a_flipped_bit_never_passes(given in prop::collection::vec(given(), 1..5), place: prop::sample::Index, bit in 0..8) {
        let mut bytes = batch_of(&with_gaps(&given), 10);
        let at = place.index(bytes.len());
        bytes[at] ^= 1_u8 << bit;
        prop_assert!(Batch::checked(Bytes::from(bytes)).is_err());
    }

    #[test]
    fn a_torn_batch_never_passes(given in prop::collection::vec(given(), 1..5), place: prop::sample::Index) {
        let mut bytes = batch_of(&with_gaps(&given), 10);
        bytes.truncate(place.index(bytes.len()));
        prop_assert!(Batch::checked(Bytes::from(bytes)).is_err());
    }

    /// A checksum protects from bad disks, not from bad programs: reading must not panic on whatever passes it.
    #[test]
    fn records_that_make_no_sense_are_errors(body: Vec<u8>, records in 0_u32..5) {
        let mut checksum = crc32fast::Hasher::new();
        checksum.update(&body);
        let header = Header {
            base_offset: i64::MAX - 3,
            last_offset: i64::MAX,
            records,
            base_timestamp: i64::MIN,
            max_timestamp: 0,
            producer: Producer::default(),
            delete_horizon_ms: Some(4),
        };
        let mut bytes = header.encode(&checksum).to_vec();
        bytes.extend_from_slice(&body);
        let batch = Batch::checked(Bytes::from(bytes)).unwrap();
        prop_assert_eq!(batch.header, header);
        let _ = batch.collect_from(0, &mut Vec::new());
    }
}

/// The bytes on disk, written out by hand: a change of them needs a new format version.
#[test]
fn the_format_is_as_documented() {
    let mut builder = BatchBuilder::default();
    let headers = Headers::default().with("h", None);
    builder.push(0, 1000, Some(b"k"), Some(b"vv"), &Headers::default());
    builder.push(1, 999, None, Some(b""), &headers);
    let mut sealed = builder.seal().unwrap();
    sealed.place(5, Producer { id: 1, epoch: 2 });
    let bytes = sealed.into_bytes();
    let records = [0, 0, 2, b'k', 3, b'v', b'v', 0, 0, 1, 0, 1, 1, 1, b'h', 0];
    assert_eq!(bytes[HEADER_BYTES..], records);
    let mut header = vec![];
    header.extend(5_i64.to_le_bytes());
    header.extend(6_i64.to_le_bytes());
    header.extend(2_u32.to_le_bytes());
    header.extend(1000_i64.to_le_bytes());
    header.extend(1000_i64.to_le_bytes());
    header.extend(1_u32.to_le_bytes());
    header.extend(2_u32.to_le_bytes());
    header.extend(i64::MIN.to_le_bytes());
    assert_eq!(bytes[5..HEADER_BYTES], header);
    assert_eq!(bytes[0], 1);
    assert_eq!(bytes[1..5], crc32fast::hash(&bytes[5..]).to_le_bytes());
}
