//! The records a task wrote since its last commit, as bytes in one buffer.

use std::ops::Range;
use std::sync::Arc;

use tillstream_stores::{Headers, SerdeError};

/// One record to append, borrowed from [`Outputs`].
#[derive(Clone, Copy, Debug)]
pub struct OutputRecord<'a> {
    /// Full topic name.
    pub topic: &'a Arc<str>,
    /// Key bytes; `None` is a null key.
    pub key: Option<&'a [u8]>,
    /// The part of the key that decides the partition: a windowed key goes where its bare key goes (KS-2).
    pub partition_key: Option<&'a [u8]>,
    /// Value bytes; `None` is a null value.
    pub value: Option<&'a [u8]>,
    /// Event time, epoch milliseconds.
    pub timestamp: i64,
    /// Headers.
    pub headers: &'a Headers,
    /// For records into a repartition topic: the highest event time this task has sent there so far, this record
    /// included.
    pub sender_time: Option<i64>,
}

#[derive(Debug)]
struct Entry {
    topic: Arc<str>,
    key: Option<Range<usize>>,
    partition_key_length: usize,
    value: Option<Range<usize>>,
    timestamp: i64,
    headers: Headers,
    sender_time: Option<i64>,
}

/// Output buffer of a task: one growing byte buffer and a list of where each record lies in it, so that writing a
/// record allocates nothing.
#[derive(Debug, Default)]
pub struct Outputs {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
}

/// Where a record goes and when it happened.
pub(crate) struct Destination {
    pub(crate) topic: Arc<str>,
    pub(crate) timestamp: i64,
    pub(crate) headers: Headers,
    pub(crate) sender_time: Option<i64>,
}

impl Outputs {
    /// Appends a record whose key and value are written by the two functions into the shared buffer. `key` answers
    /// how many bytes of what it wrote decide the partition, `None` for a null key; `value` whether there is one.
    pub(crate) fn push(
        &mut self,
        to: Destination,
        key: impl FnOnce(&mut Vec<u8>) -> Result<Option<usize>, SerdeError>,
        value: impl FnOnce(&mut Vec<u8>) -> Result<bool, SerdeError>,
    ) -> Result<(), SerdeError> {
        let start = self.bytes.len();
        let written = key(&mut self.bytes).and_then(|partition_key_length| {
            let middle = self.bytes.len();
            Ok((partition_key_length, middle, value(&mut self.bytes)?))
        });
        let (partition_key_length, middle, has_value) = written.inspect_err(|_| self.bytes.truncate(start))?;
        self.entries.push(Entry {
            topic: to.topic,
            key: partition_key_length.map(|_| start..middle),
            partition_key_length: partition_key_length.unwrap_or(0),
            value: has_value.then_some(middle..self.bytes.len()),
            timestamp: to.timestamp,
            headers: to.headers,
            sender_time: to.sender_time,
        });
        Ok(())
    }

    /// Number of records waiting.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Bytes of keys and values waiting.
    pub fn byte_size(&self) -> usize {
        self.bytes.len()
    }

    /// The waiting records, in the order they were written.
    pub fn iter(&self) -> impl Iterator<Item = OutputRecord<'_>> {
        self.entries.iter().map(|entry| {
            let key = entry.key.clone().and_then(|range| self.bytes.get(range));
            OutputRecord {
                topic: &entry.topic,
                key,
                partition_key: key.and_then(|key| key.get(..entry.partition_key_length)),
                value: entry.value.clone().and_then(|range| self.bytes.get(range)),
                timestamp: entry.timestamp,
                headers: &entry.headers,
                sender_time: entry.sender_time,
            }
        })
    }

    /// Forgets all records, keeping the buffer.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.entries.clear();
    }
}
