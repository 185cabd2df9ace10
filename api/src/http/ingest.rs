//! Events come in: `POST /v1/topics/{topic}/events`.

mod trace;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{FromRequest, Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;
use tillstream_models::events::{
    ActivityEvent, Event, EventError, InventoryEvent, OrderEvent, PaymentEvent, ProductEvent,
};
use tillstream_runtime::log::{Append, LogError, LogWriter, PartitionOffset};
use tillstream_runtime::partitioner::partition_for;
use tillstream_runtime::trace::TraceId;
use tillstream_stores::Headers;
use utoipa::ToSchema;

use self::trace::{Brought, IngestTrace, TraceHeader};
use super::params::{self, Strict, did_you_mean, excerpt};
use super::problem::{EventFault, Kind, Problem};
use crate::AppState;

/// How long the body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(30);

/// Bad events that are named in one answer; the count of all is in the detail.
const MAX_NAMED: usize = 100;

/// Where one event was written.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Written {
    /// The topic.
    #[schema(value_type = String, example = "orders")]
    topic: Arc<str>,
    /// The partition its key belongs to.
    #[schema(example = 2)]
    partition: u32,
    /// Its offset there.
    #[schema(example = 4711)]
    offset: i64,
}

/// What was accepted, in the order of the request.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Accepted {
    /// One result for each event.
    results: Vec<Written>,
}

/// An event that was checked, ready to append.
struct Checked {
    key: Box<str>,
    timestamp: i64,
    value: Bytes,
    /// The trace it would begin.
    trace: TraceId,
}

/// Appends events to a topic, all in one transaction or none. Send them as a JSON array, or one a line
/// (`application/x-ndjson`). Each is checked as the processors will check it. An event counts once by its `eventId`, so a
/// request whose answer was lost can be sent again. A W3C `traceparent` is carried on with the events; where the request's trace is
/// followed, the answer has one of its own.
#[utoipa::path(post, path = "/v1/topics/{topic}/events", tag = "events",
    params(("topic" = String, Path, description = "a topic that events are read from", example = "orders")),
    request_body(
        description = "events of the topic",
        content(
            (Vec<Object> = "application/json", example = json!([{"type": "PaymentCompleted", "version": 1, "eventId": "p-1",
                "at": "2026-01-05T10:00:01Z", "orderId": "1001", "paymentId": "pay-1", "amount": 15.30, "currency": "GBP"}])),
            (String = "application/x-ndjson"),
        ),
    ),
    responses(
        (status = 202, description = "all are written", body = Accepted),
        (status = 400, description = "some are not valid; nothing is written", body = Problem),
        (status = 404, description = "no such topic, or not one that takes events", body = Problem),
        (status = 413, description = "the body, or an event, is too large", body = Problem),
        (status = 415, description = "neither JSON nor NDJSON", body = Problem),
        (status = 429, description = "too many requests are being written; come back later", body = Problem),
    ))]
pub(crate) async fn ingest(
    State(state): State<AppState>,
    Path(topic): Path<String>,
    _: Strict<params::Nothing>,
    request: Request,
) -> Result<(StatusCode, TraceHeader, Json<Accepted>), Problem> {
    let brought = Brought::of(request.headers(), state.now_ms());
    let check = check_of(&state, &topic)?;
    let format = Format::of(request.headers())?;
    let place = Arc::clone(state.ingest_places()).try_acquire_owned().map_err(|_| {
        let limit = state.config().config.http.ingest_max_in_flight;
        Problem::new(Kind::TooManyRequests, format!("{limit} requests are being written already")).retry_after(1)
    })?;
    let body = read_body(request).await?;
    let work = move || {
        // Held until the transaction is over, even if the client has gone meanwhile.
        let _place = place;
        let events = check_all(format.split(&body)?, check, state.now_ms())?;
        // There is at least one.
        let first = events.first().map_or_else(|| TraceId::about(b""), |event| event.trace);
        let trace = IngestTrace::begin(&state, brought, &topic, first);
        let written = append(&state, &topic.as_str().into(), &events, &trace.headers)?;
        Ok::<_, Problem>((trace.end(&state, &topic, &written), written))
    };
    let (trace, results) = tokio::task::spawn_blocking(work).await.map_err(|error| Problem::internal(&error))??;
    Ok((StatusCode::ACCEPTED, trace, Json(Accepted { results })))
}

/// Checks one payload; answers its key, its event time and the trace it would begin.
type Check = fn(&[u8]) -> Result<(Box<str>, Option<i64>, TraceId), EventError>;

fn check<E: Event>(payload: &[u8]) -> Result<(Box<str>, Option<i64>, TraceId), EventError> {
    let event = E::decode(payload)?;
    Ok((event.key().into(), event.at_ms(), TraceId::about(event.event_id().as_bytes())))
}

/// Which events a topic takes. Only topics the shop writes to are open: what Tillstream writes is closed to others.
fn check_of(state: &AppState, topic: &str) -> Result<Check, Problem> {
    let topics = &state.config().config.topics;
    let open: [(&str, Check); 5] = [
        (&topics.orders, check::<OrderEvent>),
        (&topics.inventory, check::<InventoryEvent>),
        (&topics.payments, check::<PaymentEvent>),
        (&topics.user_activity, check::<ActivityEvent>),
        (&topics.products, check::<ProductEvent>),
    ];
    open.iter().find(|(name, _)| *name == topic).map(|(_, check)| *check).ok_or_else(|| {
        let names: Vec<&str> = open.iter().map(|(name, _)| *name).collect();
        let advice = did_you_mean(topic, &names);
        Problem::not_found(format!(
            "{} takes no events; topics that do are {}{advice}",
            excerpt(topic),
            names.join(", ")
        ))
    })
}

/// How events are laid out in the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Array,
    Lines,
}

impl Format {
    fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match essence.as_str() {
            "application/json" => Ok(Self::Array),
            "application/x-ndjson" | "application/ndjson" | "application/jsonl" => Ok(Self::Lines),
            _ => Err(Problem::new(
                Kind::UnsupportedMediaType,
                "send a JSON array as application/json, or one event a line as application/x-ndjson",
            )),
        }
    }

    /// The payloads, each a part of the body.
    fn split(self, body: &Bytes) -> Result<Vec<Bytes>, Problem> {
        let events: Vec<Bytes> = match self {
            Self::Lines => body
                .split(|byte| *byte == b'\n')
                .map(<[u8]>::trim_ascii)
                .filter(|line| !line.is_empty())
                .map(|line| body.slice_ref(line))
                .collect(),
            Self::Array => {
                let text = std::str::from_utf8(body)
                    .map_err(|error| Problem::new(Kind::BadBody, format!("the body is not UTF-8: {error}")))?;
                let raw: Vec<&RawValue> = serde_json::from_str(text).map_err(|error| {
                    Problem::new(Kind::BadBody, format!("the body is not a JSON array of events: {error}"))
                })?;
                raw.into_iter().map(|event| body.slice_ref(event.get().as_bytes())).collect()
            }
        };
        if events.is_empty() {
            return Err(Problem::new(Kind::BadBody, "the body holds no event"));
        }
        Ok(events)
    }
}

/// The whole body; the layers bound its size, this its time.
async fn read_body(request: Request<Body>) -> Result<Bytes, Problem> {
    let reading = Bytes::from_request(request, &());
    match tokio::time::timeout(BODY_TIME, reading).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(rejection)) => Err(Problem::new(Kind::of_status(rejection.status()), rejection.body_text())),
        Err(_) => {
            Err(Problem::new(Kind::RequestTimeout, format!("the body did not arrive within {} s", BODY_TIME.as_secs())))
        }
    }
}

fn check_all(payloads: Vec<Bytes>, check: Check, now_ms: i64) -> Result<Vec<Checked>, Problem> {
    let mut events = Vec::with_capacity(payloads.len());
    let mut faults = Vec::new();
    let mut bad = 0;
    for (index, value) in payloads.into_iter().enumerate() {
        match check(&value) {
            Ok((key, at, trace)) => events.push(Checked { key, timestamp: at.unwrap_or(now_ms), value, trace }),
            Err(error) => {
                bad += 1;
                if faults.len() < MAX_NAMED {
                    faults.push(EventFault { index, class: error.class().to_owned(), reason: error.to_string() });
                }
            }
        }
    }
    if bad > 0 {
        let detail = format!("{bad} of {} events are not valid; nothing was written", events.len() + bad);
        return Err(Problem::new(Kind::BadEvents, detail).with_errors(faults));
    }
    Ok(events)
}

/// Appends all events in one transaction. Blocking.
fn append(state: &AppState, topic: &Arc<str>, events: &[Checked], headers: &Headers) -> Result<Vec<Written>, Problem> {
    let topics = state.log().topics()?;
    let partitions = topics
        .iter()
        .find(|info| info.name == *topic)
        .map(|info| info.partitions)
        .ok_or_else(|| Problem::not_found(format!("topic {topic} does not exist in the log")))?;
    let written = state.writers().lend(|writer| commit(writer, (topic, partitions), events, headers))?;
    written.ok_or_else(|| Problem::new(Kind::TooManyRequests, "all writers are busy").retry_after(1))
}

fn commit(
    writer: &mut dyn LogWriter,
    (topic, partitions): (&Arc<str>, u32),
    events: &[Checked],
    headers: &Headers,
) -> Result<Vec<Written>, LogError> {
    let mut counts: BTreeMap<u32, i64> = BTreeMap::new();
    let mut places = Vec::with_capacity(events.len());
    for event in events {
        let key = event.key.as_bytes();
        let partition = partition_for(key, partitions);
        let (value, timestamp) = (Some(event.value.as_ref()), event.timestamp);
        writer.append(Append { topic, partition, key: Some(key), value, timestamp, headers })?;
        let count = counts.entry(partition).or_default();
        places.push((partition, *count));
        *count += 1;
    }
    let next = writer.commit()?.next_offsets;
    let first = |partition: u32| {
        let behind = |next: &&PartitionOffset| next.partition.partition == partition && next.partition.topic == *topic;
        next.iter().find(behind).map_or(0, |next| next.offset) - counts.get(&partition).copied().unwrap_or(0)
    };
    let firsts: BTreeMap<u32, i64> = counts.keys().map(|partition| (*partition, first(*partition))).collect();
    let result = |(partition, place): (u32, i64)| Written {
        topic: Arc::clone(topic),
        partition,
        offset: firsts.get(&partition).copied().unwrap_or(0) + place,
    };
    Ok(places.into_iter().map(result).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_and_lines_are_split_into_payloads_as_they_came() {
        let lines = Format::Lines.split(&Bytes::from_static(b" {\"a\":1}\r\n\n{\"b\": 2}\n")).unwrap();
        assert_eq!(lines, [&b"{\"a\":1}"[..], b"{\"b\": 2}"]);
        let array = Format::Array.split(&Bytes::from_static(b"[{\"a\":1.10}, {\"b\": 2}]")).unwrap();
        assert_eq!(array, [&b"{\"a\":1.10}"[..], b"{\"b\": 2}"]);
        assert!(Format::Array.split(&Bytes::from_static(b"[]")).is_err());
        assert!(Format::Array.split(&Bytes::from_static(b"{\"a\":1}")).is_err());
    }

    #[test]
    fn a_deep_array_does_not_exhaust_the_stack() {
        let deep = [b"[".repeat(100_000), b"]".repeat(100_000)].concat();
        let payloads = Format::Array.split(&Bytes::from(deep));
        assert!(payloads.is_err() || check_all(payloads.unwrap(), check::<OrderEvent>, 0).is_err());
    }
}
