//! Reads the records of a batch in place.

use bytes::Bytes;
use tillstream_stores::Headers;
use tillstream_topology::RawRecord;

use super::Damage;
use super::header::{HEADER_BYTES, Header};
use super::varint::Cursor;

/// A batch whose checksum was found good, or that was made by this process.
#[derive(Clone, Debug)]
pub(in super::super) struct Batch {
    pub(in super::super) header: Header,
    pub(in super::super) bytes: Bytes,
}

impl Batch {
    /// Checks `bytes` and takes them for a batch.
    pub(in super::super) fn checked(bytes: Bytes) -> Result<Self, Damage> {
        let header = Header::checked(&bytes)?;
        Ok(Self { header, bytes })
    }

    /// The records in offset order.
    pub(in super::super) fn records(&self) -> Records<'_> {
        Records {
            cursor: Cursor::new(self.bytes.get(HEADER_BYTES..).unwrap_or_default()),
            next_offset: self.header.base_offset,
            last_offset: self.header.last_offset,
            base_timestamp: self.header.base_timestamp,
            left: self.header.records,
        }
    }

    /// Adds the records from offset `from` on to `out`; their keys and values share this batch's memory.
    pub(in super::super) fn collect_from(&self, from: i64, out: &mut Vec<RawRecord>) -> Result<(), Damage> {
        out.reserve((self.header.records as usize).min(self.bytes.len()));
        for record in self.records() {
            let record = record?;
            if record.offset >= from {
                out.push(self.raw(&record)?);
            }
        }
        Ok(())
    }

    fn raw(&self, record: &RecordView<'_>) -> Result<RawRecord, Damage> {
        Ok(RawRecord {
            offset: record.offset,
            timestamp: record.timestamp,
            key: record.key.map(|key| self.bytes.slice_ref(key)),
            value: record.value.map(|value| self.bytes.slice_ref(value)),
            headers: self.headers(record.headers)?,
        })
    }

    fn headers(&self, region: &[u8]) -> Result<Headers, Damage> {
        let mut headers = Headers::default();
        if region == [0] {
            return Ok(headers);
        }
        let mut cursor = Cursor::new(region);
        let count = cursor.varint().ok_or(CUT_SHORT)?;
        for _ in 0..count {
            let (name, value) = header(&mut cursor).ok_or(CUT_SHORT)?;
            let name = std::str::from_utf8(name).map_err(|_| Damage("a header name is not UTF-8"))?;
            headers.push(name, value.map(|value| self.bytes.slice_ref(value)));
        }
        Ok(headers)
    }
}

/// A record in the memory of its batch.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct RecordView<'a> {
    pub(in super::super) offset: i64,
    pub(in super::super) timestamp: i64,
    pub(in super::super) key: Option<&'a [u8]>,
    pub(in super::super) value: Option<&'a [u8]>,
    /// The headers as they are encoded, their number included.
    pub(in super::super) headers: &'a [u8],
}

/// Walks the records of a batch; ends after the first that cannot be read.
#[derive(Debug)]
pub(in super::super) struct Records<'a> {
    cursor: Cursor<'a>,
    next_offset: i64,
    last_offset: i64,
    base_timestamp: i64,
    left: u32,
}

const CUT_SHORT: Damage = Damage("a record is cut short");

impl<'a> Iterator for Records<'a> {
    type Item = Result<RecordView<'a>, Damage>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        self.left -= 1;
        let record = self.read().ok_or(CUT_SHORT).and_then(|record| {
            if record.offset > self.last_offset {
                return Err(Damage("a record lies behind the end of its batch"));
            }
            if self.left == 0 && !self.cursor.is_empty() {
                return Err(Damage("there are bytes behind its last record"));
            }
            Ok(record)
        });
        if record.is_err() {
            self.left = 0;
        }
        Some(record)
    }
}

impl<'a> Records<'a> {
    #[inline]
    fn read(&mut self) -> Option<RecordView<'a>> {
        let cursor = &mut self.cursor;
        let offset = self.next_offset.checked_add_unsigned(cursor.varint()?)?;
        self.next_offset = offset.checked_add(1)?;
        let timestamp = self.base_timestamp.wrapping_add(cursor.zigzag()?);
        let key = cursor.nullable()?;
        let value = cursor.nullable()?;
        let headers = header_region(cursor)?;
        Some(RecordView { offset, timestamp, key, value, headers })
    }
}

#[inline]
fn header_region<'a>(cursor: &mut Cursor<'a>) -> Option<&'a [u8]> {
    let from = cursor.rest();
    let count = cursor.varint()?;
    for _ in 0..count {
        header(cursor)?;
    }
    from.get(..from.len() - cursor.rest().len())
}

fn header<'a>(cursor: &mut Cursor<'a>) -> Option<(&'a [u8], Option<&'a [u8]>)> {
    let length = usize::try_from(cursor.varint()?).ok()?;
    Some((cursor.take(length)?, cursor.nullable()?))
}
