//! A traced record is followed from task to task; what did not take effect is told to nobody; the rest is left as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use tillstream_runtime::Application;
use tillstream_runtime::dead_letters::header;
use tillstream_runtime::log::{Append, Log};
use tillstream_runtime::partitioner::partition_for;
use tillstream_runtime::trace::{Span, SpanExporter, SpanKind, TRACEPARENT, TRACESTATE, TraceContext, Value};
use tillstream_stores::{Headers, i64_be, nullable, utf8};
use tillstream_topology::{
    Consumed, Grouped, Joined, Materialized, ProcessError, Produced, Repartitioned, StreamsBuilder, Topology,
};

use crate::aborting_log::{AbortingLog, Answer};
use crate::harness::{Harness, PARTITIONS, settle};

const SAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const NOT_SAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4737-00f067aa0ba902b7-00";
const STATE: &str = "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE";

/// Remembers what it is told.
#[derive(Debug, Default)]
struct Told(Mutex<Vec<Span>>);

impl SpanExporter for Told {
    fn export(&self, spans: Vec<Span>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(spans);
    }
}

impl Told {
    fn spans(&self) -> Vec<Span> {
        self.0.lock().unwrap().clone()
    }
}

/// Orders, brought to their users, who are in a table: two tasks and a join between the order and what comes of it.
fn joined() -> Topology {
    let builder = StreamsBuilder::new();
    let users = builder.table("users", Consumed::with(utf8(), utf8()), Materialized::named_with("users", utf8()));
    builder
        .stream("orders", Consumed::with(utf8(), utf8()))
        .select_key(|_, user: &String| user.clone())
        .repartition(Repartitioned::with(utf8(), utf8()).named("by-user"))
        .join_table(&users, |_, order, name: &String| format!("{order} {name}"), Joined::with(utf8(), utf8()))
        .to("out", Produced::with(utf8(), utf8()));
    builder.build().unwrap()
}

/// The first record at `first_ms`, each a millisecond after the one before it.
fn produce(log: &dyn Log, topic: &str, first_ms: i64, records: &[(&str, &[u8], Headers)]) {
    let mut writer = log.writer("traced").unwrap();
    for (time, (key, value, headers)) in records.iter().enumerate() {
        let (topic, partition) = (&topic.into(), partition_for(key.as_bytes(), PARTITIONS));
        let (key, value, timestamp) = (Some(key.as_bytes()), Some(*value), first_ms + time as i64);
        writer.append(Append { topic, partition, key, value, timestamp, headers }).unwrap();
    }
    writer.commit().unwrap();
}

fn traced(parent: &'static str) -> Headers {
    Headers::new().with(TRACEPARENT, Some(parent.into())).with(TRACESTATE, Some(STATE.into()))
}

fn run(harness: &Harness, topology: &Topology) -> (Application, Arc<Told>) {
    let told = Arc::new(Told::default());
    let application = harness.start_traced(topology, Some(Arc::clone(&told) as _));
    settle(&application);
    (application, told)
}

fn context(headers: &Headers) -> TraceContext {
    TraceContext::of(headers).unwrap()
}

/// The spans from the one `headers` name up to the first, by name.
fn way(spans: &[Span], headers: &Headers) -> Vec<String> {
    let by_id: BTreeMap<_, _> = spans.iter().map(|span| (span.span_id, span)).collect();
    let mut way = Vec::new();
    let mut next = Some(context(headers).span_id);
    while let Some(span) = next.and_then(|id| by_id.get(&id)) {
        way.push(span.name.clone());
        next = span.parent_id;
    }
    assert_eq!(next, TraceContext::parse(SAMPLED.as_bytes()).map(|context| context.span_id), "the client's own span");
    way.reverse();
    way
}

#[test]
fn an_order_is_followed_through_a_repartition_and_a_join() {
    let harness = Harness::new(&["orders", "users", "out"]);
    produce(&*harness.log, "users", 0, &[("u", b"Ann", Headers::new())]);
    let orders: [(&str, &[u8], Headers); 3] =
        [("o-1", b"u", traced(SAMPLED)), ("o-2", b"u", Headers::new()), ("o-3", b"u", traced(NOT_SAMPLED))];
    produce(&*harness.log, "orders", 10, &orders);
    let (_application, told) = run(&harness, &joined());
    let out = harness.read("out");
    assert_eq!(out.len(), 3);
    let of = |trace: &str| {
        out.iter().find(|(_, _, headers)| headers.get(TRACEPARENT).is_some_and(|h| h.starts_with(trace.as_bytes())))
    };
    let (_, _, followed) = of(&SAMPLED[..35]).unwrap();
    assert_eq!(followed.get(TRACESTATE).unwrap(), STATE.as_bytes());
    let (_, _, left_alone) = of(&NOT_SAMPLED[..35]).unwrap();
    assert_eq!(left_alone.get(TRACEPARENT).unwrap(), NOT_SAMPLED.as_bytes());
    let spans = told.spans();
    let (first, second) = (sub_topology_of(&spans, "orders"), sub_topology_of(&spans, "app-by-user-repartition"));
    assert_eq!(
        way(&spans, followed),
        [
            "receive orders",
            &format!("process sub-topology {first}"),
            "send app-by-user-repartition",
            "receive app-by-user-repartition",
            &format!("process sub-topology {second}"),
            "send out",
        ]
    );
    assert_eq!(spans.len(), 6, "nothing else was followed: {spans:#?}");
    assert!(spans.iter().all(|span| span.start_ms > 0 && span.end_ms >= span.start_ms), "{spans:#?}");
    attributes_say_where(&spans);
}

fn sub_topology_of(spans: &[Span], topic: &str) -> String {
    let span = spans.iter().find(|span| span.name == format!("receive {topic}")).unwrap();
    span.attribute(Span::TASK).unwrap().to_string().split('_').next().unwrap().to_owned()
}

fn attributes_say_where(spans: &[Span]) {
    let of = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
    let received = of("receive orders");
    let place = partition_for(b"o-1", PARTITIONS);
    for (name, value) in [
        ("messaging.system", Value::Text("tillstream".to_owned())),
        ("messaging.destination.name", Value::Text("orders".to_owned())),
        ("messaging.destination.partition.id", Value::Text(place.to_string())),
        ("messaging.kafka.offset", Value::Number(0)),
        ("messaging.consumer.group.name", Value::Text("app".to_owned())),
    ] {
        assert_eq!(received.attribute(name), Some(&value), "{name}");
    }
    let sent = of("send out");
    assert_eq!(sent.kind, SpanKind::Producer);
    let place = partition_for(b"u", PARTITIONS).to_string();
    assert_eq!(sent.attribute("messaging.destination.partition.id"), Some(&Value::Text(place)));
}

#[test]
fn without_an_exporter_headers_travel_untouched() {
    let harness = Harness::new(&["orders", "users", "out"]);
    produce(&*harness.log, "users", 0, &[("u", b"Ann", Headers::new())]);
    produce(&*harness.log, "orders", 10, &[("o-1", b"u", traced(SAMPLED))]);
    let application = harness.start_traced(&joined(), None);
    settle(&application);
    let out = harness.read("out");
    assert_eq!(out[0].2.get(TRACEPARENT).unwrap(), SAMPLED.as_bytes());
}

/// Sums numbers and refuses negative ones, behind a store that has counted them by then.
fn sums() -> Topology {
    let builder = StreamsBuilder::new();
    let grouped =
        builder.stream("numbers", Consumed::with(utf8(), i64_be())).group_by_key(Grouped::with(utf8(), i64_be()));
    grouped.count(Materialized::named_with("seen", tillstream_stores::u64_be()));
    grouped.try_aggregate(
        || 0,
        |_, value, sum: i64| {
            if value < 0 { Err(ProcessError::refused("negative", "less than 0")) } else { Ok(sum + value) }
        },
        Materialized::named_with("sums", i64_be()),
    );
    builder.build().unwrap()
}

/// One of each, and each only once.
fn distinct(spans: &[Span]) -> BTreeMap<&str, usize> {
    let ids: BTreeSet<_> = spans.iter().map(|span| span.span_id).collect();
    assert_eq!(ids.len(), spans.len(), "told twice: {spans:#?}");
    spans.iter().fold(BTreeMap::new(), |mut counts, span| {
        *counts.entry(span.name.as_str()).or_default() += 1;
        counts
    })
}

#[test]
fn a_refused_record_is_told_once_and_keeps_its_headers() {
    let harness = Harness::new(&["numbers"]);
    let (good, bad) = (7_i64.to_be_bytes(), (-1_i64).to_be_bytes());
    produce(&*harness.log, "numbers", 0, &[("a", &good, traced(SAMPLED)), ("a", &bad, traced(SAMPLED))]);
    let (_application, told) = run(&harness, &sums());
    let spans = told.spans();
    assert_eq!(distinct(&spans), BTreeMap::from([("receive numbers", 2), ("process sub-topology 0", 2)]));
    let failed: Vec<_> = spans.iter().filter_map(|span| span.attribute(Span::ERROR)).collect();
    assert_eq!(failed, [&Value::Text("negative".to_owned())]);
    let letters = harness.read("dead-letters");
    assert_eq!(letters[0].2.get(header::CLASS).unwrap(), &b"negative"[..]);
    assert_eq!(letters[0].2.get(TRACEPARENT).unwrap(), SAMPLED.as_bytes(), "as it came");
    assert_eq!(letters[0].2.get(TRACESTATE).unwrap(), STATE.as_bytes());
}

#[test]
fn an_aborted_transaction_is_told_to_nobody_and_its_records_once() {
    let topics = ["orders", "users", "out"];
    let (harness, log) = Harness::wrapped(&topics, |log| AbortingLog::new(log, 3, Answer::Aborted));
    produce(&log, "users", 0, &[("u", b"Ann", Headers::new())]);
    produce(&log, "orders", 10, &[("o-1", b"u", traced(SAMPLED))]);
    let (_application, told) = run(&harness, &joined());
    assert_eq!(log.aborts_left(), 0, "nothing was aborted");
    let spans = told.spans();
    assert!(distinct(&spans).values().all(|count| *count == 1), "{spans:#?}");
    assert_eq!((spans.len(), harness.read("out").len()), (6, 1));
    assert_eq!(way(&spans, &harness.read("out")[0].2).len(), 6);
}

/// What is combined before it is sent goes on in the trace of the last of its records that has one.
#[test]
fn a_combined_batch_continues_the_trace_of_its_last_traced_record() {
    let builder = StreamsBuilder::new();
    builder
        .stream("numbers", Consumed::with(utf8(), i64_be()))
        .select_key(|_, _| "all".to_owned())
        .group_by_key(Grouped::with(utf8(), i64_be()).named("sums"))
        .aggregate_merging(
            || 0,
            |_, value, sum| Ok(sum + value),
            |_, whole, part| Ok(whole + part),
            Materialized::named_with("sums", i64_be()),
        )
        .to_stream()
        .to("out", Produced::with(utf8(), nullable(i64_be())));
    let harness = Harness::new(&["numbers", "out"]);
    let one = 1_i64.to_be_bytes();
    let other = "00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-00f067aa0ba902b7-01";
    let records: [(&str, &[u8], Headers); 3] =
        [("a", &one, traced(other)), ("a", &one, traced(SAMPLED)), ("a", &one, Headers::new())];
    produce(&*harness.log, "numbers", 0, &records);
    let (_application, told) = run(&harness, &builder.build().unwrap());
    let out = harness.read("out");
    assert_eq!(out.len(), 1, "they were one batch");
    assert_eq!(out[0].1.as_deref(), Some(&3_i64.to_be_bytes()[..]));
    assert_eq!(way(&told.spans(), &out[0].2).len(), 6);
}
