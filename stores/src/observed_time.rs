//! The time that retention of a window store counts from.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::StateStore;

/// How far in event time a window store is, epoch ms; -1 before the first row. Its changelog tells no more than the rows, so whoever
/// restores them has to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObservedTime {
    /// The highest start that was put.
    OfPuts(i64),
    /// What the owner handed in ([`WindowStore::advance`](crate::WindowStore::advance)): rows may be ahead of it.
    HandedIn(i64),
}

/// Those of all stores of a task, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ObservedTimes(BTreeMap<String, ObservedTime>);

impl ObservedTimes {
    /// What `stores` tell as of now.
    #[must_use]
    pub fn of(stores: &[Rc<RefCell<dyn StateStore>>]) -> Self {
        let observed = stores.iter().filter_map(|store| {
            let store = store.borrow();
            Some((store.name().to_owned(), store.observed()?))
        });
        Self(observed.collect())
    }

    /// Tells `stores` that are, or are about to be, restored as far as these times were when they were told.
    pub fn tell(&self, stores: &[Rc<RefCell<dyn StateStore>>]) {
        for store in stores {
            let mut store = store.borrow_mut();
            if let Some(time) = self.0.get(store.name()) {
                store.set_observed(*time);
            }
        }
    }
}
