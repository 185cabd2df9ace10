//! A span in the SDK's form.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use tillstream_runtime::trace::{Span, SpanKind as Kind, Value};

/// The same span as OpenTelemetry has it.
pub(super) fn span_data(span: &Span) -> SpanData {
    let (trace, id) = (TraceId::from_bytes(span.trace_id.to_bytes()), SpanId::from_bytes(span.span_id.to_bytes()));
    let error = span.attribute(Span::ERROR);
    SpanData {
        span_context: SpanContext::new(trace, id, TraceFlags::SAMPLED, false, TraceState::NONE),
        parent_span_id: span.parent_id.map_or(SpanId::INVALID, |parent| SpanId::from_bytes(parent.to_bytes())),
        parent_span_is_remote: matches!(span.kind, Kind::Server),
        span_kind: match span.kind {
            Kind::Server => SpanKind::Server,
            Kind::Consumer => SpanKind::Consumer,
            Kind::Producer => SpanKind::Producer,
        },
        name: span.name.clone().into(),
        start_time: instant(span.start_ms),
        end_time: instant(span.end_ms),
        attributes: span.attributes.iter().map(|(name, value)| KeyValue::new(*name, attribute(value))).collect(),
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: error.map_or(Status::Unset, |class| Status::error(class.to_string())),
        instrumentation_scope: InstrumentationScope::builder("tillstream").build(),
    }
}

fn attribute(value: &Value) -> opentelemetry::Value {
    match value {
        Value::Text(text) => text.clone().into(),
        Value::Number(number) => (*number).into(),
    }
}

fn instant(ms: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}
