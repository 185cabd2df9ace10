//! Records as they lie in a log: bytes, before any deserialiser has seen them.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use tillstream_stores::Headers;

/// One partition of a topic.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TopicPartition {
    /// Topic name.
    pub topic: Arc<str>,
    /// Partition number, from 0.
    pub partition: u32,
}

impl TopicPartition {
    /// The partition `partition` of `topic`.
    pub fn new(topic: impl Into<Arc<str>>, partition: u32) -> Self {
        Self { topic: topic.into(), partition }
    }
}

impl fmt::Display for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.topic, self.partition)
    }
}

/// A record as read from a log. Key and value are slices of the batch they came in: cloning copies no bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawRecord {
    /// Position in its partition.
    pub offset: i64,
    /// Event time in milliseconds since 1970-01-01T00:00Z.
    pub timestamp: i64,
    /// Key bytes; `None` is a null key.
    pub key: Option<Bytes>,
    /// Value bytes; `None` is a null value.
    pub value: Option<Bytes>,
    /// Headers, in the order they were written.
    pub headers: Headers,
}
