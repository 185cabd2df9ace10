//! What a customer was shown.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tillstream_stores::{Headers, KeyValueStore, ValueAndTimestamp};
use tillstream_topology::{ProcessError, Processor, ProcessorContext, Record};

/// Experiments of a customer that are kept, the latest: there is one at a time.
const EXPERIMENTS_MAX: usize = 8;
/// Products that are remembered as shown, the latest.
const PRODUCTS_MAX: usize = 100;

/// A list that was shown in an experiment, as a record of topic `exposures`; its key is the customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Exposure {
    /// The experiment.
    pub experiment: String,
    /// The variant.
    pub variant: String,
    /// Event time of the state the list was made from, epoch ms: what is bought later comes after it.
    pub at_ms: i64,
    /// The products.
    pub products: Vec<String>,
}

/// All that a customer was shown, by experiment.
pub type Exposures = BTreeMap<String, Exposed>;

/// What a customer was shown in one experiment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Exposed {
    /// The variant she got first; what others she got after a change of shares does not count.
    pub variant: String,
    /// When first, epoch ms.
    pub first_ms: i64,
    /// How many lists.
    pub lists: u64,
    /// When each product was shown first, the latest ones.
    pub products: BTreeMap<String, i64>,
}

impl Exposed {
    fn add(&mut self, exposure: Exposure) {
        if self.lists == 0 {
            (self.variant, self.first_ms) = (exposure.variant, exposure.at_ms);
        } else if self.variant != exposure.variant {
            return;
        }
        self.first_ms = self.first_ms.min(exposure.at_ms);
        self.lists = self.lists.saturating_add(1);
        for product in exposure.products {
            let first = self.products.entry(product).or_insert(exposure.at_ms);
            *first = exposure.at_ms.min(*first);
        }
        while self.products.len() > PRODUCTS_MAX {
            let oldest = self.products.iter().min_by_key(|(_, first)| **first).map(|(product, _)| product.clone());
            oldest.map(|product| self.products.remove(&product));
        }
    }
}

/// Adds exposures to the row of their customer.
pub(super) struct KeepExposures {
    pub(super) store: Rc<RefCell<KeyValueStore<Arc<str>, Exposures>>>,
}

impl Processor<Arc<str>, Exposure, Arc<str>, ()> for KeepExposures {
    fn process(
        &mut self,
        record: Record<Arc<str>, Exposure>,
        _context: &mut ProcessorContext<'_, Arc<str>, ()>,
    ) -> Result<(), ProcessError> {
        let Record { key: user, value: exposure, timestamp: at, .. } = record;
        self.store.borrow_mut().at(at).update(&user, &Headers::default(), |row| {
            let mut row = row.unwrap_or_else(|| ValueAndTimestamp::new(Exposures::new(), at));
            row.value.entry(exposure.experiment.clone()).or_default().add(exposure);
            while row.value.len() > EXPERIMENTS_MAX {
                let oldest = row.value.iter().min_by_key(|(_, exposed)| exposed.first_ms).map(|(name, _)| name.clone());
                oldest.map(|name| row.value.remove(&name));
            }
            row.timestamp = row.timestamp.max(at);
            Ok(Some(row))
        })
    }
}
