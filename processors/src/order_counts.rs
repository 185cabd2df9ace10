//! How many orders are in each status.

use std::collections::BTreeMap;
use std::sync::Arc;

use tillstream_stores::{arc_str, i64_be};
use tillstream_topology::{Grouped, KStream, Materialized};

use crate::order_saga::Status;
use crate::order_saga::effects::StatusChange;
use crate::read::{Answers, ReadError, rows};
use crate::sales::overflow;

/// Store of the number of orders by status.
pub const ORDERS_BY_STATUS: &str = "orders-by-status";

/// Counts -1 where an order was and +1 where it is now.
pub(crate) fn wire(changes: &KStream<Arc<str>, StatusChange>) {
    changes
        .named("status-counts")
        .flat_map(|_, StatusChange { from, to }: StatusChange| {
            let one = |status: Option<Status>, count| status.map(|status| (Arc::from(status.as_str()), count));
            one(from, -1_i64).into_iter().chain(one(to, 1))
        })
        .group_by_key(Grouped::with(arc_str(), i64_be()).named(ORDERS_BY_STATUS))
        .aggregate_merging(
            || 0,
            |_, change, count| i64::checked_add(count, change).ok_or_else(|| overflow("the number of orders")),
            |_, count, partial| i64::checked_add(count, partial).ok_or_else(|| overflow("the number of orders")),
            Materialized::named_with(ORDERS_BY_STATUS, i64_be()),
        );
}

impl Answers {
    /// The number of orders in each status that has any.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`], [`ReadError::Store`].
    pub fn orders_by_status(&self) -> Result<BTreeMap<Status, i64>, ReadError> {
        let mut counts = BTreeMap::new();
        for task in rows::holders(self.query(), ORDERS_BY_STATUS)? {
            let listed =
                rows::key_values(&task, ORDERS_BY_STATUS, arc_str(), i64_be(), |view| view.all(Status::ALL.len()))?;
            for (word, count) in listed {
                let status = Status::parse(&word).filter(|_| count.value != 0);
                status.map(|status| counts.insert(status, count.value));
            }
        }
        Ok(counts)
    }
}
