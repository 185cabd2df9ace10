//! Keeps the row of each customer.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use tillstream_stores::{Headers, KeyValueStore, ValueAndTimestamp};
use tillstream_topology::{ProcessError, Processor, ProcessorContext, Record};

use super::history::{History, Limits};

/// Histories by user id.
pub(crate) type HistoryStore = KeyValueStore<Arc<str>, History>;

/// Adds touches to the row of their customer.
pub(super) struct KeepHistory {
    pub(super) store: Rc<RefCell<HistoryStore>>,
    pub(super) limits: Limits,
}

impl Processor<Arc<str>, History, Arc<str>, ()> for KeepHistory {
    fn process(
        &mut self,
        record: Record<Arc<str>, History>,
        _context: &mut ProcessorContext<'_, Arc<str>, ()>,
    ) -> Result<(), ProcessError> {
        let Record { key: user, value: touches, timestamp: at, .. } = record;
        self.store.borrow_mut().at(at).update(&user, &Headers::default(), |row| {
            let mut row = row.unwrap_or_else(|| ValueAndTimestamp::new(History::default(), at));
            row.value.merge(touches, self.limits);
            row.timestamp = row.timestamp.max(at);
            Ok(Some(row))
        })
    }
}
