//! Records that could not be processed, kept with their original bytes and the reason.

use bytes::Bytes;
use tillstream_stores::Headers;
use tillstream_topology::{ProcessError, RawRecord, TopicPartition};

/// Header names of a dead letter.
pub mod header {
    /// Why, for a person.
    pub const REASON: &str = "tillstream.reason";
    /// Why, as a stable word.
    pub const CLASS: &str = "tillstream.class";
    /// Topic the record was read from.
    pub const TOPIC: &str = "tillstream.topic";
    /// Partition it was read from.
    pub const PARTITION: &str = "tillstream.partition";
    /// Offset it was read at.
    pub const OFFSET: &str = "tillstream.offset";
}

/// A record on its way to the dead letters.
#[derive(Clone, Debug)]
pub struct DeadLetter {
    /// The record as it was read, its headers followed by those that say why.
    pub record: RawRecord,
}

impl DeadLetter {
    pub(crate) fn new(mut record: RawRecord, from: &TopicPartition, error: &ProcessError) -> Self {
        let text = |value: String| Some(Bytes::from(value));
        let headers: Headers = std::mem::take(&mut record.headers);
        record.headers = headers
            .with(header::REASON, text(error.to_string()))
            .with(header::CLASS, text(error.class().to_owned()))
            .with(header::TOPIC, text(from.topic.to_string()))
            .with(header::PARTITION, text(from.partition.to_string()))
            .with(header::OFFSET, text(record.offset.to_string()));
        Self { record }
    }
}
