//! A trace as a tree of spans, laid out as a list.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;
use tillstream_runtime::trace::{Span, SpanId, Value};
use utoipa::ToSchema;

use crate::http::time::Instant;

/// A part of a trace.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SpanView {
    /// Its id, 16 hexadecimal digits.
    #[schema(example = "00f067aa0ba902b7")]
    span_id: String,
    /// The span it follows from; it may be known elsewhere only. Absent where the trace begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "b7ad6b7169203331")]
    parent_id: Option<String>,
    /// How deep it lies below the first span.
    #[schema(example = 1)]
    depth: usize,
    /// What was done, and to what.
    #[schema(example = "receive orders")]
    name: String,
    /// `server`, `consumer` or `producer`.
    #[schema(example = "consumer")]
    kind: &'static str,
    /// When it began, by the wall clock of the instance that made it.
    start: Instant,
    /// How long after the start of the trace that was, ms.
    #[schema(example = 4)]
    offset_ms: i64,
    /// How long it took, ms.
    #[schema(example = 21)]
    duration_ms: i64,
    /// Where and what in particular, by OpenTelemetry's names.
    attributes: BTreeMap<&'static str, AttributeView>,
}

/// Text or a number.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum AttributeView {
    /// Text.
    Text(String),
    /// A whole number.
    Number(i64),
}

impl From<&Value> for AttributeView {
    fn from(value: &Value) -> Self {
        match value {
            Value::Text(text) => Self::Text(text.clone()),
            Value::Number(number) => Self::Number(*number),
        }
    }
}

impl SpanView {
    fn of(span: &Span, depth: usize, trace_start_ms: i64) -> Self {
        Self {
            span_id: span.span_id.to_string(),
            parent_id: span.parent_id.map(|id| id.to_string()),
            depth,
            name: span.name.clone(),
            kind: span.kind.as_str(),
            start: Instant(span.start_ms),
            offset_ms: span.start_ms - trace_start_ms,
            duration_ms: span.duration_ms(),
            attributes: span.attributes.iter().map(|(name, value)| (*name, value.into())).collect(),
        }
    }
}

/// When the first of the spans began and the last ended, epoch ms.
pub(super) fn extent<'a>(spans: impl IntoIterator<Item = &'a Span>) -> (i64, i64) {
    spans.into_iter().fold((i64::MAX, i64::MIN), |(start, end), span| (start.min(span.start_ms), end.max(span.end_ms)))
}

/// The spans of one trace, each behind its parent; brothers by the time they began. Those whose parents are not known here come
/// with the roots.
pub(super) fn tree(mut spans: Vec<Arc<Span>>) -> Vec<SpanView> {
    spans.sort_by(|a, b| (a.start_ms, &a.name, a.span_id).cmp(&(b.start_ms, &b.name, b.span_id)));
    let known: BTreeSet<SpanId> = spans.iter().map(|span| span.span_id).collect();
    let (start_ms, _) = extent(spans.iter().map(AsRef::as_ref));
    let mut children: BTreeMap<Option<SpanId>, Vec<&Span>> = BTreeMap::new();
    for span in &spans {
        children.entry(span.parent_id.filter(|parent| known.contains(parent))).or_default().push(span);
    }
    // The next to be listed is the last. Each parent is taken out once: a circle, which no honest client sends, ends.
    let mut views = Vec::with_capacity(spans.len());
    let mut waiting: Vec<(&Span, usize)> = in_turn(children.remove(&None), 0);
    while let Some((span, depth)) = waiting.pop() {
        views.push(SpanView::of(span, depth, start_ms));
        waiting.extend(in_turn(children.remove(&Some(span.span_id)), depth + 1));
    }
    views
}

/// Spans of one depth, the one to be listed first at the end.
fn in_turn(spans: Option<Vec<&Span>>, depth: usize) -> Vec<(&Span, usize)> {
    spans.into_iter().flatten().rev().map(|span| (span, depth)).collect()
}
