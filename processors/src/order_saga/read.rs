//! Reading orders.

use std::sync::Arc;

use tillstream_stores::{arc_str, json, u64_be, utf8};

use super::ORDERS;
use super::counters::{ILLEGAL, LATE, SAGA_COUNTERS, TRUNCATED};
use super::order::Order;
use super::status::Status;
use crate::read::{Answers, ReadError, page, rows};

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
        let page = page(self.query(), ORDERS, &json(), after, limit, |order| filter.fits(order))?;
        Ok(OrderPage { orders: page.rows, after: page.after })
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
