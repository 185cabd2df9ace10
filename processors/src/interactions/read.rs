//! Reading histories: one customer's, or all of them for training.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tillstream_stores::arc_str;

use super::history::History;
use super::history_serde::history_serde;
use super::signals::{Signal, Weights};
use super::{ACTIVITY, PURCHASES};
use crate::read::{Answers, ReadError, rows};

/// All that is known of a customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Customer {
    /// What she bought and sent back.
    pub purchases: History,
    /// What she looked at.
    pub activity: History,
}

/// All customers by id.
pub type Customers = BTreeMap<Arc<str>, Customer>;

impl Customer {
    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.purchases.is_empty() && self.activity.is_empty()
    }

    /// The products she dealt with, each once, in no particular order.
    pub fn products(&self) -> impl Iterator<Item = &Arc<str>> {
        let viewed = self.activity.products().map(|(product, _)| product);
        let bought: BTreeSet<&Arc<str>> = self.purchases.products().map(|(product, _)| product).chain(viewed).collect();
        bought.into_iter()
    }

    /// The products she dealt with last, the latest first.
    #[must_use]
    pub fn latest(&self, count: usize) -> Vec<Arc<str>> {
        let mut last: BTreeMap<&Arc<str>, i64> = BTreeMap::new();
        for (product, touches) in self.purchases.products().chain(self.activity.products()) {
            let at = touches.last().map_or(i64::MIN, |(_, touch)| touch.at_ms);
            let known = last.entry(product).or_insert(at);
            *known = at.max(*known);
        }
        let mut latest: Vec<(i64, &Arc<str>)> = last.into_iter().map(|(product, at)| (at, product)).collect();
        latest.sort_unstable_by(|a, b| b.cmp(a));
        latest.into_iter().take(count).map(|(_, product)| Arc::clone(product)).collect()
    }

    /// The time of her last touch, epoch ms.
    #[must_use]
    pub fn last_ms(&self) -> Option<i64> {
        self.purchases.last_ms().max(self.activity.last_ms())
    }

    /// What all touches count.
    #[must_use]
    pub fn signals(&self, weights: Weights) -> Vec<Signal> {
        let mut signals = self.purchases.signals(weights);
        signals.extend(self.activity.signals(weights));
        signals
    }
}

impl Answers {
    /// What a customer did; empty for one nobody has heard of.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`], [`ReadError::Store`].
    pub fn customer(&self, user_id: &str) -> Result<Customer, ReadError> {
        let history = |store| {
            let task = rows::holder_of(self.query(), store, user_id)?;
            let row = rows::key_values(&task, store, arc_str(), history_serde(), |view| view.get(&user_id.into()))?;
            Ok::<_, ReadError>(row.map(|row| row.value).unwrap_or_default())
        };
        Ok(Customer { purchases: history(PURCHASES)?, activity: history(ACTIVITY)? })
    }

    /// What all customers did. Reads everything: for training, not for requests.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`], [`ReadError::Store`].
    pub fn customers(&self) -> Result<Customers, ReadError> {
        let mut customers = Customers::new();
        for task in rows::holders(self.query(), PURCHASES)? {
            rows::for_each(&task, PURCHASES, &history_serde(), |user, history| {
                customers.entry(user).or_default().purchases = history;
            })?;
        }
        for task in rows::holders(self.query(), ACTIVITY)? {
            rows::for_each(&task, ACTIVITY, &history_serde(), |user, history| {
                customers.entry(user).or_default().activity = history;
            })?;
        }
        Ok(customers)
    }
}
