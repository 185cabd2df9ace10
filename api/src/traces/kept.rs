//! A ring of spans.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tillstream_runtime::trace::{Span, SpanExporter, TraceId};

/// Keeps the newest spans in memory; the oldest make room.
///
/// std's lock: held to add a transaction's spans, or to take a list of pointers.
#[derive(Debug, Default)]
pub struct KeptSpans {
    capacity: usize,
    spans: Mutex<VecDeque<Arc<Span>>>,
}

impl KeptSpans {
    /// Keeps `capacity` spans; 0 keeps none.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { capacity, spans: Mutex::default() }
    }

    /// The most it keeps.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        self.capacity
    }

    /// Those of one trace, in the order they came.
    pub(crate) fn of(&self, trace: TraceId) -> Vec<Arc<Span>> {
        self.lock().iter().filter(|span| span.trace_id == trace).cloned().collect()
    }

    /// All of them, in the order they came.
    pub(crate) fn all(&self) -> Vec<Arc<Span>> {
        self.lock().iter().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Arc<Span>>> {
        self.spans.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SpanExporter for KeptSpans {
    fn export(&self, spans: Vec<Span>) {
        let mut kept = self.lock();
        kept.extend(spans.into_iter().map(Arc::new));
        let surplus = kept.len().saturating_sub(self.capacity);
        kept.drain(..surplus);
    }
}

#[cfg(test)]
mod tests {
    use tillstream_runtime::trace::{SpanId, SpanKind};

    use super::*;

    fn span(trace: &str, number: u32) -> Span {
        let trace_id = TraceId::about(trace.as_bytes());
        Span {
            trace_id,
            span_id: SpanId::within(trace_id, &[&number.to_be_bytes()]),
            parent_id: None,
            name: format!("span {number}"),
            kind: SpanKind::Consumer,
            start_ms: 0,
            end_ms: 0,
            attributes: Vec::new(),
        }
    }

    #[test]
    fn the_oldest_make_room() {
        let kept = KeptSpans::new(3);
        kept.export(vec![span("a", 1), span("b", 2)]);
        kept.export(vec![span("a", 3), span("a", 4)]);
        let names = |spans: Vec<Arc<Span>>| spans.iter().map(|span| span.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(kept.all()), ["span 2", "span 3", "span 4"]);
        assert_eq!(names(kept.of(TraceId::about(b"a"))), ["span 3", "span 4"]);
        let off = KeptSpans::new(0);
        off.export(vec![span("a", 1)]);
        assert!(off.all().is_empty());
    }
}
