//! The topics of a test: what waits to be read and what was written.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use tillstream_stores::Headers;

use crate::processor::RawRecord;

/// A record a topology wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Produced {
    /// Key bytes; `None` is a null key.
    pub key: Option<Bytes>,
    /// Value bytes; `None` is a null value.
    pub value: Option<Bytes>,
    /// Event time, epoch ms.
    pub timestamp: i64,
    /// Headers.
    pub headers: Headers,
}

/// One topic, one partition.
#[derive(Debug, Default)]
pub struct TestTopic {
    next_offset: i64,
    waiting: VecDeque<RawRecord>,
    /// Everything written so far.
    pub written: Vec<Produced>,
}

impl TestTopic {
    pub(crate) fn append(&mut self, record: Produced) {
        self.waiting.push_back(RawRecord {
            offset: self.next_offset,
            timestamp: record.timestamp,
            key: record.key,
            value: record.value,
            headers: record.headers,
        });
        self.next_offset += 1;
    }

    pub(crate) fn take(&mut self) -> Option<RawRecord> {
        self.waiting.pop_front()
    }

    pub(crate) fn next_offset(&self) -> i64 {
        self.next_offset - self.waiting.len() as i64
    }
}

pub(crate) type Topics = BTreeMap<Arc<str>, TestTopic>;
