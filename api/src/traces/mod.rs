//! The newest spans of this instance.

mod kept;

use std::sync::Arc;

use tillstream_runtime::trace::SpanExporter;

pub use self::kept::KeptSpans;

/// Where spans go, and those that are kept here.
#[derive(Clone, Debug, Default)]
pub struct Traces {
    /// Takes the spans of requests, as it does those of tasks; `None`: none are made.
    pub exporter: Option<Arc<dyn SpanExporter>>,
    /// What `GET /v1/traces` answers from.
    pub kept: Arc<KeptSpans>,
}
