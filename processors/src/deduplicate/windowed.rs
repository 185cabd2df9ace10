//! Event ids remembered for a time, for streams whose rows do not remember them.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::Arc;

use tillstream_models::events::Event;
use tillstream_stores::{Headers, ValueAndTimestamp, WindowStore};
use tillstream_topology::{ProcessError, Processor, ProcessorContext, Record};

use super::conflict;
use crate::received::Received;

/// Fingerprint of a payload by fingerprint of its event id, at the event's time.
pub(crate) type SeenStore = WindowStore<u64, u64>;

/// Drops repeats of an event id within the horizon of its store.
///
/// Ids are remembered in the partition of the record's key: a repeat under another key is another event.
pub(crate) struct Deduplicate {
    pub(crate) seen: Rc<RefCell<SeenStore>>,
    pub(crate) horizon_ms: i64,
}

impl<E: Event + Clone> Processor<Arc<str>, Received<E>, Arc<str>, Received<E>> for Deduplicate {
    fn process(
        &mut self,
        record: Record<Arc<str>, Received<E>>,
        context: &mut ProcessorContext<'_, Arc<str>, Received<E>>,
    ) -> Result<(), ProcessError> {
        let Received { event, id, fingerprint } = &record.value;
        let at = record.timestamp;
        let (from, to) = (at.saturating_sub(self.horizon_ms), at.saturating_add(self.horizon_ms));
        let mut known = None;
        self.seen.borrow_mut().fetch_range(id, from, to, &mut |_, payload| {
            known = Some(payload.value);
            ControlFlow::Break(())
        })?;
        match known {
            Some(payload) if payload == *fingerprint => {
                context.count_duplicate();
                Ok(())
            }
            Some(_) => Err(conflict(event.event_id())),
            None => {
                let seen = Some(ValueAndTimestamp::new(*fingerprint, at));
                self.seen.borrow_mut().put(id, at, seen, &Headers::default())?;
                context.forward(record)
            }
        }
    }
}
