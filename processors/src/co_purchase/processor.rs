//! Counts baskets and pairs behind the repartition by product.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use tillstream_stores::{Headers, KeyValueStore, ValueAndTimestamp};
use tillstream_topology::{ProcessError, Processor, ProcessorContext, Record};

use super::basket::Basket;
use super::partners::{LAST_RUN, Partners, RUN_MAX, RunKey};
use crate::sales::overflow;

/// Runs of partners.
pub(crate) type PairStore = KeyValueStore<RunKey, Partners>;
/// Number of baskets each product was in.
pub(crate) type BasketStore = KeyValueStore<Arc<str>, i64>;

/// Adds each basket to the rows of the product it was sent to.
pub(crate) struct CountPairs {
    pub(crate) pairs: Rc<RefCell<PairStore>>,
    pub(crate) baskets: Rc<RefCell<BasketStore>>,
}

impl Processor<Arc<str>, Basket, Arc<str>, ()> for CountPairs {
    fn process(
        &mut self,
        record: Record<Arc<str>, Basket>,
        _context: &mut ProcessorContext<'_, Arc<str>, ()>,
    ) -> Result<(), ProcessError> {
        let Record { key: product, value: Basket { sign, products }, timestamp: at, .. } = record;
        self.count_basket(&product, sign, at)?;
        let mut rising = Partners::of_basket(&product, &products, sign);
        for run in 0..=LAST_RUN {
            if rising.is_empty() {
                break;
            }
            rising = self.merge_into(&RunKey { product: Arc::clone(&product), run }, rising, at)?;
        }
        Ok(())
    }
}

impl CountPairs {
    fn count_basket(&self, product: &Arc<str>, sign: i64, at: i64) -> Result<(), ProcessError> {
        self.baskets.borrow_mut().update(product, &Headers::default(), |row| {
            let (known, time) = row.map_or((0, at), |row| (row.value, row.timestamp.max(at)));
            let sum = i64::checked_add(known, sign).ok_or_else(|| overflow("the number of baskets"))?;
            Ok(Some(ValueAndTimestamp::new(sum, time)))
        })
    }

    /// Merges partners into a run; answers what goes on into the next one, the run being empty then.
    fn merge_into(&self, key: &RunKey, partners: Partners, at: i64) -> Result<Partners, ProcessError> {
        let mut full = Partners::default();
        self.pairs.borrow_mut().at(at).update(key, &Headers::default(), |row| {
            let (known, time) = row.map_or_else(|| (Partners::default(), at), |row| (row.value, row.timestamp.max(at)));
            let merged = known.merged(partners).ok_or_else(|| overflow("the number of shared baskets"))?;
            match RUN_MAX.get(usize::from(key.run)) {
                Some(max) if merged.len() > *max => {
                    full = merged;
                    Ok(None)
                }
                Some(_) => Ok(Some(ValueAndTimestamp::new(merged, time))),
                None => Ok::<_, ProcessError>(Some(ValueAndTimestamp::new(merged.settled(), time))),
            }
        })?;
        Ok(full)
    }
}
