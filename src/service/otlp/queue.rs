//! Spans that wait to be sent.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use tillstream_runtime::trace::Span;

/// Spans that may wait; what comes beyond is dropped.
const CAPACITY: usize = 20_000;

/// Spans of one request.
const BATCH: usize = 512;

/// Spans between the stream threads and the one that sends. Adding waits for nobody.
#[derive(Debug, Default)]
pub(super) struct SpanQueue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    spans: VecDeque<Span>,
    closed: bool,
}

impl SpanQueue {
    /// Adds as many as there is room for; answers how many there was none for.
    pub(super) fn add(&self, spans: Vec<Span>) -> u64 {
        let mut state = self.lock();
        let room = if state.closed { 0 } else { CAPACITY.saturating_sub(state.spans.len()) };
        let surplus = spans.len().saturating_sub(room);
        state.spans.extend(spans.into_iter().take(room));
        drop(state);
        self.changed.notify_one();
        surplus as u64
    }

    /// Waits for spans; `None` once it is closed and empty.
    pub(super) fn next(&self) -> Option<Vec<Span>> {
        let mut state = self.lock();
        while state.spans.is_empty() && !state.closed {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let count = state.spans.len().min(BATCH);
        let batch: Vec<Span> = state.spans.drain(..count).collect();
        (!batch.is_empty()).then_some(batch)
    }

    /// Takes no more.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_one();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Drops what waits; answers how many.
    pub(super) fn forget(&self) -> u64 {
        std::mem::take(&mut self.lock().spans).len() as u64
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
