//! Keeps the row of each customer.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use tillstream_stores::{Headers, KeyValueStore, ValueAndTimestamp};
use tillstream_topology::{ProcessError, Processor, ProcessorContext, Record};

use super::deal::Deal;
use super::value::CustomerValue;
use crate::interactions::History;

/// Adds deals to the row of their customer, and passes on what they say about products.
pub(super) struct KeepValue {
    pub(super) store: Rc<RefCell<KeyValueStore<Arc<str>, CustomerValue>>>,
}

impl Processor<Arc<str>, Deal, Arc<str>, History> for KeepValue {
    fn process(
        &mut self,
        record: Record<Arc<str>, Deal>,
        context: &mut ProcessorContext<'_, Arc<str>, History>,
    ) -> Result<(), ProcessError> {
        let Record { key: user, value: deal, timestamp: at, headers } = record;
        self.store.borrow_mut().at(at).update(&user, &Headers::default(), |row| {
            let (value, time) = row.map_or_else(|| (CustomerValue::default(), at), |row| (row.value, row.timestamp));
            Ok::<_, ProcessError>(Some(ValueAndTimestamp::new(value.after(&deal, at)?, time.max(at))))
        })?;
        if deal.touches.is_empty() {
            return Ok(());
        }
        context.forward(Record::new(user, deal.touches, at).with_headers(&headers))
    }
}
