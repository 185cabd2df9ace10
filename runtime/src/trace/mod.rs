//! Traces: where a record spent its time on its way through the tasks.
//!
//! ```text
//! POST ── receive orders ── process sub-topology 0 ── send app-sales-repartition ── receive app-sales-repartition ── …
//!  in the API   waits in the queue    the operators        until its commit is known          the next task
//! ```
//!
//! A record that carries a sampled [`TraceContext`] gets these spans in each task it passes, and what follows from it carries the
//! context on. Records without one cost a look at their headers, and without a [`SpanExporter`] not even that. Span ids follow
//! from where a record lies, not from chance: a record that is processed again makes the same spans again, and those of
//! a transaction that did not take effect are told to nobody.

mod context;
mod exporters;
mod hop;
mod hops;
mod id;
mod span;

pub use context::{TRACEPARENT, TRACESTATE, TraceContext};
pub use exporters::Exporters;
pub(crate) use hop::Hop;
pub(crate) use hops::Hops;
pub use id::{SpanId, TraceId, TraceIdError};
pub use span::{Span, SpanExporter, SpanKind, Value};
