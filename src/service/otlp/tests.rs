//! What a collector receives, read with a reader of its own for the few fields that count.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;

use prometheus::IntCounter;
use tillstream_runtime::trace::{Span, SpanExporter as _, SpanId, SpanKind, TraceId, Value};

use super::OtlpExporter;

/// Fields of a protobuf message: number and content, of numbers their bytes.
fn fields(mut message: &[u8]) -> Vec<(u64, &[u8])> {
    let mut fields = Vec::new();
    while !message.is_empty() {
        let tag = varint(&mut message);
        let length = match tag & 7 {
            0 => message.iter().position(|byte| byte & 0x80 == 0).unwrap() + 1,
            1 => 8,
            2 => varint(&mut message) as usize,
            5 => 4,
            other => panic!("wire type {other}"),
        };
        let (content, rest) = message.split_at(length);
        fields.push((tag >> 3, content));
        message = rest;
    }
    fields
}

fn varint(message: &mut &[u8]) -> u64 {
    let mut number = 0;
    for place in 0.. {
        let (byte, rest) = message.split_first().unwrap();
        *message = rest;
        number |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            break;
        }
    }
    number
}

fn field(message: &[u8], number: u64) -> &[u8] {
    fields(message).into_iter().find(|(known, _)| *known == number).map(|(_, content)| content).unwrap_or_default()
}

/// Takes one request; answers its first line and its body.
fn receive(listener: &TcpListener) -> (String, Vec<u8>) {
    let (stream, _) = listener.accept().unwrap();
    let mut reader = BufReader::new(stream);
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first).unwrap();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let answer =
        b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    reader.get_mut().write_all(answer).unwrap();
    (first, body)
}

fn span() -> Span {
    let trace_id = TraceId::about(b"o-1");
    Span {
        trace_id,
        span_id: SpanId::within(trace_id, &[b"receive"]),
        parent_id: Some(SpanId::within(trace_id, &[b"ingest"])),
        name: "receive orders".to_owned(),
        kind: SpanKind::Consumer,
        start_ms: 1_291_191_960_000,
        end_ms: 1_291_191_960_021,
        attributes: vec![
            ("messaging.kafka.offset", Value::Number(7)),
            (Span::ERROR, Value::Text("overflow".to_owned())),
        ],
    }
}

#[test]
fn a_collector_receives_spans_as_they_were_made() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/v1/traces", listener.local_addr().unwrap());
    let dropped = IntCounter::new("dropped", "dropped").unwrap();
    let exporter = OtlpExporter::start_counting(&endpoint, "till", dropped.clone()).unwrap();
    exporter.export(vec![span()]);
    let (first, body) = receive(&listener);
    assert!(first.starts_with("POST /v1/traces "), "{first}");
    let of_resource = field(&body, 1);
    assert!(field(of_resource, 1).windows(4).any(|part| part == b"till"), "the resource names the application");
    let received = field(field(of_resource, 2), 2);
    let sent = span();
    assert_eq!(field(received, 1), sent.trace_id.to_bytes());
    assert_eq!(field(received, 2), sent.span_id.to_bytes());
    assert_eq!(field(received, 4), sent.parent_id.unwrap().to_bytes());
    assert_eq!(field(received, 5), b"receive orders");
    assert_eq!(field(received, 7), (1_291_191_960_000_u64 * 1_000_000).to_le_bytes());
    assert_eq!(field(received, 8), (1_291_191_960_021_u64 * 1_000_000).to_le_bytes());
    assert_eq!(fields(received).iter().filter(|(number, _)| *number == 9).count(), 2, "two attributes");
    assert_eq!(field(field(received, 15), 3), [2], "the status is an error");
    exporter.stop();
    assert_eq!(dropped.get(), 0);
}

#[test]
fn a_collector_that_is_away_holds_nobody_up_and_what_it_missed_is_counted() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/v1/traces", listener.local_addr().unwrap());
    drop(listener);
    let dropped = IntCounter::new("dropped", "dropped").unwrap();
    let exporter = OtlpExporter::start_counting(&endpoint, "till", dropped.clone()).unwrap();
    for _ in 0..50 {
        exporter.export(vec![span(); 1_000]);
    }
    exporter.stop();
    assert_eq!(dropped.get(), 50_000);
}
