//! A finished span, and who wants to hear of it.

use std::fmt::{self, Debug};

use super::id::{SpanId, TraceId};

/// On which side of a conversation a span is, in OpenTelemetry's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanKind {
    /// A request was answered.
    Server,
    /// A record was received or processed.
    Consumer,
    /// Records were sent.
    Producer,
}

impl SpanKind {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Consumer => "consumer",
            Self::Producer => "producer",
        }
    }
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Text.
    Text(String),
    /// A whole number.
    Number(i64),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => write!(f, "{number}"),
        }
    }
}

/// A part of a trace that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The trace it is part of.
    pub trace_id: TraceId,
    /// Its own name in the trace.
    pub span_id: SpanId,
    /// The span it follows from, made here or elsewhere; `None` where the trace begins.
    pub parent_id: Option<SpanId>,
    /// What was done, and to what: `receive orders`.
    pub name: String,
    /// On which side.
    pub kind: SpanKind,
    /// When it began by the wall clock, epoch ms.
    pub start_ms: i64,
    /// When it was over, epoch ms; not before its start.
    pub end_ms: i64,
    /// Where and what in particular, by OpenTelemetry's names.
    pub attributes: Vec<(&'static str, Value)>,
}

impl Span {
    /// Name of the attribute that says why what the span is about failed.
    pub const ERROR: &'static str = "error.type";
    /// Name of the attribute with the task that did it.
    pub const TASK: &'static str = "tillstream.task";

    /// How long it took, ms.
    #[must_use]
    pub const fn duration_ms(&self) -> i64 {
        self.end_ms.saturating_sub(self.start_ms)
    }

    /// The value of an attribute.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Value> {
        self.attributes.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }
}

/// Takes finished spans. Called by stream threads: it must not wait for anything. What it cannot take at once it drops, and
/// counts.
pub trait SpanExporter: Send + Sync + Debug {
    /// Takes the spans of a transaction that took effect.
    fn export(&self, spans: Vec<Span>);
}
