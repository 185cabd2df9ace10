//! The trace an ingest request belongs to: its own, or one that begins with it.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use bytes::Bytes;
use tillstream_runtime::trace::{Span, SpanId, SpanKind, TRACEPARENT, TRACESTATE, TraceContext, TraceId, Value};
use tillstream_stores::Headers;

use super::Written;
use crate::AppState;

/// What a request brings of its trace.
#[derive(Debug)]
pub(super) struct Brought {
    context: Option<TraceContext>,
    /// The headers as they came.
    headers: Headers,
    /// When the request came, epoch ms.
    at_ms: i64,
}

impl Brought {
    pub(super) fn of(headers: &HeaderMap, at_ms: i64) -> Self {
        let mut parents = headers.get_all(TRACEPARENT).iter();
        let parent = match (parents.next(), parents.next()) {
            (Some(parent), None) => Some(parent.as_bytes()),
            _ => None,
        };
        // Without a parent there is nothing that the state could be of.
        let Some((parent, context)) = parent.and_then(|parent| Some((parent, TraceContext::parse(parent)?))) else {
            return Self { context: None, headers: Headers::default(), at_ms };
        };
        let states: Vec<&[u8]> = headers.get_all(TRACESTATE).iter().map(HeaderValue::as_bytes).collect();
        let mut headers = Headers::default().with(TRACEPARENT, Some(Bytes::copy_from_slice(parent)));
        if !states.is_empty() {
            headers.push(TRACESTATE, Some(states.join(&b',').into()));
        }
        Self { context: Some(context), headers, at_ms }
    }
}

/// The trace of a request whose events are about to be written.
#[derive(Debug)]
pub(super) struct IngestTrace {
    /// What the records carry.
    pub(super) headers: Headers,
    /// The request's own span and its parent, if the trace is followed.
    span: Option<(TraceContext, Option<SpanId>)>,
    at_ms: i64,
}

impl IngestTrace {
    /// `event` is the trace that the first event of the request would begin.
    pub(super) fn begin(app: &AppState, brought: Brought, topic: &str, event: TraceId) -> Self {
        let Brought { context, mut headers, at_ms } = brought;
        let followed = app.traces().exporter.is_some();
        let share = app.config().config.tracing.sample_ratio;
        let (trace, parent) = match context {
            Some(context) if followed && context.sampled => (context.trace_id, Some(context.span_id)),
            None if followed && event.is_in_share(share) => (event, None),
            _ => return Self { headers, span: None, at_ms },
        };
        let from = parent.map(SpanId::to_bytes).unwrap_or_default();
        // With the time: a request that is sent again is another one.
        let span_id =
            SpanId::within(trace, &[b"ingest", &from, topic.as_bytes(), &event.to_bytes(), &at_ms.to_be_bytes()]);
        let own = TraceContext { trace_id: trace, span_id, sampled: true };
        headers.set(TRACEPARENT, Some(own.to_header()));
        Self { headers, span: Some((own, parent)), at_ms }
    }

    /// The events are written.
    pub(super) fn end(self, app: &AppState, topic: &str, written: &[Written]) -> TraceHeader {
        let (Some((context, parent_id)), Some(exporter)) = (self.span, &app.traces().exporter) else {
            return TraceHeader(None);
        };
        let text = |text: &str| Value::Text(text.to_owned());
        let mut attributes = vec![
            ("http.request.method", text("POST")),
            ("http.route", text(ROUTE)),
            ("http.response.status_code", Value::Number(202)),
            ("messaging.destination.name", text(topic)),
        ];
        match written {
            [only] => attributes.extend([
                ("messaging.destination.partition.id", text(&only.partition.to_string())),
                ("messaging.kafka.offset", Value::Number(only.offset)),
            ]),
            many => attributes.push(("messaging.batch.message_count", Value::Number(many.len() as i64))),
        }
        exporter.export(vec![Span {
            trace_id: context.trace_id,
            span_id: context.span_id,
            parent_id,
            name: format!("POST {ROUTE}"),
            kind: SpanKind::Server,
            start_ms: self.at_ms,
            end_ms: app.now_ms().max(self.at_ms),
            attributes,
        }]);
        TraceHeader(HeaderValue::from_str(&context.to_string()).ok())
    }
}

/// The route, as it is named in spans.
const ROUTE: &str = "/v1/topics/{topic}/events";

/// The header that tells the client which trace its request is in.
#[derive(Debug)]
pub(crate) struct TraceHeader(Option<HeaderValue>);

impl axum::response::IntoResponseParts for TraceHeader {
    type Error = std::convert::Infallible;

    fn into_response_parts(
        self,
        mut parts: axum::response::ResponseParts,
    ) -> Result<axum::response::ResponseParts, Self::Error> {
        if let Some(value) = self.0 {
            parts.headers_mut().insert(HeaderName::from_static(TRACEPARENT), value);
        }
        Ok(parts)
    }
}
