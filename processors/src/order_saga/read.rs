//! Reading orders.

use std::sync::Arc;

use tillstream_stores::{arc_str, json, u64_be, utf8};

use super::ORDERS;
use super::counters::{ILLEGAL, LATE, SAGA_COUNTERS, TRUNCATED};
use super::order::Order;
use super::status::Status;
use crate::read::{Answers, ReadError, rows};

/// Rows looked at for one page at most. A filter that fits few orders then takes several pages, each of which comes
/// quickly, instead of one that takes long.
const LOOKED_AT: usize = 20_000;

/// Which orders to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderFilter {
    /// Only those in this status.
    pub status: Option<Status>,
    /// Only those of this user.
    pub user_id: Option<String>,
}

impl OrderFilter {
    fn fits(&self, order: &Order) -> bool {
        let user = order.details.as_ref().map(|details| &*details.user_id);
        self.status.is_none_or(|status| status == order.status())
            && self.user_id.as_deref().is_none_or(|wanted| user == Some(wanted))
    }
}

/// Some orders by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderPage {
    /// Order ids and rows, by id.
    pub orders: Vec<(Arc<str>, Order)>,
    /// Where the next page begins, behind this id; `None` at the end. A page may hold fewer orders than asked for, even
    /// none, and still have a next one.
    pub after: Option<Arc<str>>,
}

impl Answers {
    /// What became of an order.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`], [`ReadError::Store`].
    pub fn order(&self, order_id: &str) -> Result<Option<Order>, ReadError> {
        let task = rows::holder_of(self.query(), ORDERS, order_id)?;
        let row = rows::key_values(&task, ORDERS, arc_str(), json(), |view| view.get(&order_id.into()))?;
        Ok(row.map(|row| row.value))
    }

    /// At most `limit` orders that fit, by id, behind the id `after`.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`], [`ReadError::Store`].
    pub fn orders(&self, filter: &OrderFilter, after: Option<&str>, limit: usize) -> Result<OrderPage, ReadError> {
        // The first id behind `after`: no text sorts between it and itself followed by a zero byte.
        let from: Option<Arc<str>> = after.map(|after| format!("{after}\0").into());
        let mut rows: Vec<(Arc<str>, Order)> = Vec::new();
        let mut complete_to: Option<Arc<str>> = None;
        for task in rows::holders(self.query(), ORDERS)? {
            let listed = rows::key_values(&task, ORDERS, arc_str(), json::<Order>(), |view| {
                view.range(from.as_ref(), None, LOOKED_AT)
            })?;
            if listed.len() >= LOOKED_AT {
                // Behind the last row of this task nothing is known; the page must end there.
                let last = listed.last().map(|(id, _)| Arc::clone(id));
                complete_to = [complete_to, last].into_iter().flatten().min();
            }
            rows.extend(listed.into_iter().filter(|(_, row)| filter.fits(&row.value)).map(|(id, row)| (id, row.value)));
        }
        rows.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        if let Some(last) = &complete_to {
            rows.retain(|(id, _)| id <= last);
        }
        let more = rows.len() > limit;
        rows.truncate(limit);
        let after = if more { rows.last().map(|(id, _)| Arc::clone(id)) } else { complete_to };
        Ok(OrderPage { orders: rows, after })
    }

    /// Events that were illegal in the state of their order, all time.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`], [`ReadError::Store`].
    pub fn illegal_transitions(&self) -> Result<u64, ReadError> {
        self.saga_counter(ILLEGAL)
    }

    /// Sales, returns and cancellations that came after their hour was closed and are in no window, all time.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`], [`ReadError::Store`].
    pub fn late_sales(&self) -> Result<u64, ReadError> {
        self.saga_counter(LATE)
    }

    /// Baskets of which products were left out of the pairs, all time.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`], [`ReadError::Store`].
    pub fn truncated_baskets(&self) -> Result<u64, ReadError> {
        self.saga_counter(TRUNCATED)
    }

    pub(crate) fn saga_counter(&self, name: &str) -> Result<u64, ReadError> {
        let mut sum = 0_u64;
        for task in rows::holders(self.query(), SAGA_COUNTERS)? {
            let row = rows::key_values(&task, SAGA_COUNTERS, utf8(), u64_be(), |view| view.get(&name.to_owned()))?;
            let count = row.map_or(0, |row| row.value);
            sum = sum.checked_add(count).ok_or(ReadError::Overflow { what: "a counter" })?;
        }
        Ok(sum)
    }
}
