//! Trace headers in the brokers: as other programs write and read them.

use std::sync::{Arc, Mutex, PoisonError};

use tillstream_runtime::Options;
use tillstream_runtime::log::{Append, Log, TopicPartition};
use tillstream_runtime::trace::{Span, SpanExporter, TRACEPARENT, TRACESTATE, TraceContext, Value};
use tillstream_stores::{Headers, utf8};
use tillstream_topology::{Consumed, Produced, Repartitioned, StreamsBuilder};

use super::harness::*;

#[derive(Debug, Default)]
struct Told(Mutex<Vec<Span>>);

impl SpanExporter for Told {
    fn export(&self, spans: Vec<Span>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(spans);
    }
}

#[test]
fn a_trace_goes_through_two_tasks_to_whoever_reads_the_output() {
    let Some(log) = connect() else { return };
    let (source, out, letters) = (topic(&log, 1), topic(&log, 1), topic(&log, 1));
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let headers =
        Headers::new().with(TRACEPARENT, Some(parent.into())).with(TRACESTATE, Some("congo=t61rcWkgMzE".into()));
    let mut writer = log.writer(&unique("writer")).unwrap();
    let (key, value) = (Some(&b"o-1"[..]), Some(&b"u-1"[..]));
    writer.append(Append { topic: &source, partition: 0, key, value, timestamp: 1_000, headers: &headers }).unwrap();
    writer.commit().unwrap();
    let builder = StreamsBuilder::new();
    builder
        .stream(&source, Consumed::with(utf8(), utf8()))
        .select_key(|_, user: &String| user.clone())
        .repartition(Repartitioned::with(utf8(), utf8()).named("by-user"))
        .to(&out, Produced::with(utf8(), utf8()));
    let (told, dir) = (Arc::new(Told::default()), tempfile::tempdir().unwrap());
    let options = Options {
        application_id: unique("app"),
        state_dir: Some(dir.path().to_owned()),
        threads: 1,
        dead_letter_topic: letters,
        spans: Some(Arc::clone(&told) as _),
        ..Options::default()
    };
    let application = start(&builder.build().unwrap(), Arc::new(log.clone()), options);
    let out = TopicPartition::new(out, 0);
    wait_until("the output is there", || !read(&log, &out).is_empty());
    assert!(application.stop(PATIENCE));
    let record = read(&log, &out).remove(0);
    assert_eq!(record.headers.get(TRACESTATE).unwrap(), &b"congo=t61rcWkgMzE"[..]);
    let context = TraceContext::of(&record.headers).unwrap();
    assert_eq!(context.trace_id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    let spans = told.0.lock().unwrap().clone();
    assert_eq!(spans.len(), 6, "{spans:#?}");
    let sent = spans.iter().find(|span| span.span_id == context.span_id).unwrap();
    assert_eq!(sent.name, format!("send {}", out.topic));
    assert_eq!(sent.attribute("messaging.system"), Some(&Value::Text("kafka".to_owned())));
}
