//! The traces of a task: the spans of what it has done since its last commit.

use std::collections::BTreeMap;
use std::sync::Arc;

use tillstream_stores::Headers;
use tillstream_topology::{RawRecord, TopicPartition};

use super::hop::{Hop, replaced};
use super::{Span, SpanExporter, SpanId, SpanKind, TraceContext, TraceId, Value};
use crate::clock::Clock;
use crate::ids::TaskId;

/// Spans of one transaction of a task; those beyond are dropped and counted.
const MAX_SPANS: usize = 10_000;

/// Makes a task's spans, and keeps them until the transaction they belong to has taken effect.
#[derive(Debug)]
pub(crate) struct Hops {
    exporter: Arc<dyn SpanExporter>,
    clock: Arc<dyn Clock>,
    /// The log, in OpenTelemetry's words.
    system: &'static str,
    group: String,
    task: TaskId,
    spans: Vec<Span>,
    /// When the processing that a span is about was over.
    processed: BTreeMap<(TraceId, SpanId), i64>,
    /// What follows from one processing into one topic is one span, however many records it is.
    sending: BTreeMap<(TraceId, SpanId, Arc<str>), Sending>,
    dropped: u64,
}

#[derive(Debug)]
struct Sending {
    id: SpanId,
    start_ms: i64,
    records: i64,
    /// Of the first.
    partition: u32,
}

impl Hops {
    pub(crate) fn new(
        exporter: Arc<dyn SpanExporter>,
        clock: Arc<dyn Clock>,
        system: &'static str,
        group: &str,
        task: TaskId,
    ) -> Self {
        Self {
            exporter,
            clock,
            system,
            group: group.to_owned(),
            task,
            spans: Vec::new(),
            processed: BTreeMap::new(),
            sending: BTreeMap::new(),
            dropped: 0,
        }
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    /// A record at the head of its queue, if it belongs to a sampled trace.
    pub(crate) fn meet(
        &self,
        record: &RawRecord,
        from: &TopicPartition,
        arrived_ms: impl Fn() -> Option<i64>,
    ) -> Option<Box<Hop>> {
        if record.headers.is_empty() {
            return None;
        }
        let arrived_ms = || arrived_ms().unwrap_or_else(|| self.now_ms());
        Hop::of(record, from, (&self.group, self.task), arrived_ms).map(Box::new)
    }

    /// Its processing, begun when its turn came, is over: well, or with an error of this class.
    pub(crate) fn leave(&mut self, hop: &Hop, begun_ms: i64, from: &TopicPartition, error: Option<&'static str>) {
        let now_ms = self.now_ms().max(begun_ms);
        let Hop { incoming, receive, process, arrived_ms, offset } = *hop;
        self.processed.insert((incoming.trace_id, process), now_ms);
        let span = |(span_id, parent_id), name, (start_ms, end_ms), attributes| Span {
            trace_id: incoming.trace_id,
            span_id,
            parent_id: Some(parent_id),
            name,
            kind: SpanKind::Consumer,
            start_ms,
            end_ms,
            attributes,
        };
        let waited = (arrived_ms.min(begun_ms), begun_ms);
        let attributes = self.consumed("receive", from, offset);
        let received = span((receive, incoming.span_id), format!("receive {}", from.topic), waited, attributes);
        let mut attributes = self.consumed("process", from, offset);
        attributes.extend(error.map(|class| (Span::ERROR, text(class))));
        let name = format!("process sub-topology {}", self.task.sub_topology);
        let processed = span((process, receive), name, (begun_ms, now_ms), attributes);
        self.keep(received);
        self.keep(processed);
    }

    /// The headers of a result as they are to be sent, if it belongs to a sampled trace.
    pub(crate) fn send(&mut self, headers: &Headers, topic: &Arc<str>, partition: u32) -> Option<Headers> {
        if headers.is_empty() {
            return None;
        }
        let from = TraceContext::sampled_of(headers)?;
        let key = (from.trace_id, from.span_id, Arc::clone(topic));
        if self.spans.len() + self.sending.len() >= MAX_SPANS && !self.sending.contains_key(&key) {
            self.dropped += 1;
            return None;
        }
        let (processed, clock) = (self.processed.get(&(from.trace_id, from.span_id)), &self.clock);
        let sending = self.sending.entry(key).or_insert_with(|| Sending {
            id: SpanId::within(from.trace_id, &[b"send", &from.span_id.to_bytes(), topic.as_bytes()]),
            start_ms: processed.copied().unwrap_or_else(|| clock.now_ms()),
            records: 0,
            partition,
        });
        sending.records += 1;
        Some(replaced(headers, from.at(sending.id)))
    }

    /// The transaction took effect: all spans are told. Answers how many were dropped.
    pub(crate) fn committed(&mut self) -> u64 {
        if !self.spans.is_empty() || !self.sending.is_empty() {
            let now_ms = self.now_ms();
            let mut spans = std::mem::take(&mut self.spans);
            let sent = std::mem::take(&mut self.sending).into_iter();
            spans.extend(
                sent.map(|((trace, parent, topic), sending)| self.sent(trace, parent, &topic, &sending, now_ms)),
            );
            self.exporter.export(spans);
        }
        self.processed.clear();
        std::mem::take(&mut self.dropped)
    }

    /// The transaction did not: what was done in it is done again, and told then.
    pub(crate) fn forget(&mut self) {
        self.spans.clear();
        self.sending.clear();
        self.processed.clear();
        self.dropped = 0;
    }

    fn keep(&mut self, span: Span) {
        if self.spans.len() < MAX_SPANS {
            self.spans.push(span);
        } else {
            self.dropped += 1;
        }
    }

    fn sent(&self, trace_id: TraceId, parent: SpanId, topic: &str, sending: &Sending, now_ms: i64) -> Span {
        let mut attributes = vec![
            ("messaging.system", text(self.system)),
            ("messaging.operation.type", text("send")),
            ("messaging.destination.name", text(topic)),
            (Span::TASK, text(self.task.to_string())),
        ];
        attributes.push(match sending.records {
            1 => ("messaging.destination.partition.id", text(sending.partition.to_string())),
            records => ("messaging.batch.message_count", Value::Number(records)),
        });
        Span {
            trace_id,
            span_id: sending.id,
            parent_id: Some(parent),
            name: format!("send {topic}"),
            kind: SpanKind::Producer,
            start_ms: sending.start_ms,
            end_ms: now_ms.max(sending.start_ms),
            attributes,
        }
    }

    fn consumed(&self, operation: &str, from: &TopicPartition, offset: i64) -> Vec<(&'static str, Value)> {
        vec![
            ("messaging.system", text(self.system)),
            ("messaging.operation.type", text(operation)),
            ("messaging.destination.name", text(&*from.topic)),
            ("messaging.destination.partition.id", text(from.partition.to_string())),
            ("messaging.kafka.offset", Value::Number(offset)),
            ("messaging.consumer.group.name", text(&self.group)),
            (Span::TASK, text(self.task.to_string())),
        ]
    }
}

fn text(value: impl Into<String>) -> Value {
    Value::Text(value.into())
}
