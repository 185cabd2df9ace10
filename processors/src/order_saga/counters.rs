//! What the saga counts beside its orders.

use std::cell::RefCell;
use std::rc::Rc;

use tillstream_stores::{Headers, KeyValueStore, ValueAndTimestamp};
use tillstream_topology::ProcessError;

use super::turn::Tally;
use crate::sales::overflow;

/// Counts by name, for each partition.
pub(crate) type CounterStore = KeyValueStore<String, u64>;

/// Name of the store.
pub(crate) const SAGA_COUNTERS: &str = "saga-counters";

/// Events that made no sense in the state of their order.
pub(crate) const ILLEGAL: &str = "illegal-transitions";
/// Facts behind the grace of their hour.
pub(crate) const LATE: &str = "late-sales";
/// Baskets that were paired.
pub(crate) const BASKETS: &str = "baskets";
/// Baskets of which some products were left out of the pairs.
pub(crate) const TRUNCATED: &str = "truncated-baskets";

impl Tally {
    /// Adds what was counted to the store.
    pub(super) fn save(self, store: &Rc<RefCell<CounterStore>>, at: i64) -> Result<(), ProcessError> {
        let counts = [(ILLEGAL, self.illegal), (LATE, self.late), (BASKETS, self.baskets), (TRUNCATED, self.truncated)];
        for (name, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
            store.borrow_mut().update(&name.to_owned(), &Headers::default(), |row| {
                let (known, timestamp) = row.map_or((0, at), |row| (row.value, row.timestamp.max(at)));
                let sum = u64::checked_add(known, count).ok_or_else(|| overflow("a counter"))?;
                Ok::<_, ProcessError>(Some(ValueAndTimestamp::new(sum, timestamp)))
            })?;
        }
        Ok(())
    }
}
