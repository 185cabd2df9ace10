//! A traced record in a task: what it is called there, and since when it waits.

use tillstream_stores::Headers;
use tillstream_topology::{RawRecord, TopicPartition};

use super::{SpanId, TRACEPARENT, TraceContext};
use crate::ids::TaskId;

/// A record with a sampled context on its way through a task.
#[derive(Debug)]
pub(crate) struct Hop {
    /// As the record brought it.
    pub(super) incoming: TraceContext,
    pub(super) receive: SpanId,
    pub(super) process: SpanId,
    pub(super) offset: i64,
    /// When the record came out of the log, epoch ms.
    pub(super) arrived_ms: i64,
}

impl Hop {
    /// `None` for a record that belongs to no sampled trace.
    pub(super) fn of(
        record: &RawRecord,
        from: &TopicPartition,
        (group, task): (&str, TaskId),
        arrived_ms: impl Fn() -> i64,
    ) -> Option<Self> {
        let incoming = TraceContext::sampled_of(&record.headers)?;
        let (task, partition, offset) = (task.to_string(), from.partition.to_be_bytes(), record.offset.to_be_bytes());
        let place: [&[u8]; 5] = [group.as_bytes(), task.as_bytes(), from.topic.as_bytes(), &partition, &offset];
        let id = |operation: &[u8]| SpanId::within(incoming.trace_id, &[&[operation], &place[..]].concat());
        let (receive, process) = (id(b"receive"), id(b"process"));
        Some(Self { incoming, receive, process, offset: record.offset, arrived_ms: arrived_ms() })
    }

    /// The record as the operators see it: what follows from it comes from the span of its processing.
    pub(crate) fn inside(&self, record: &RawRecord) -> RawRecord {
        let headers = replaced(&record.headers, self.incoming.at(self.process));
        RawRecord { headers, ..record.clone() }
    }
}

/// The headers with another context.
pub(super) fn replaced(headers: &Headers, context: TraceContext) -> Headers {
    let mut headers = headers.clone();
    headers.set(TRACEPARENT, Some(context.to_header()));
    headers
}
