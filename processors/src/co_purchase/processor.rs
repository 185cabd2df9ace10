//! Counts baskets and pairs behind the repartition by bucket.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use tillstream_stores::{Headers, KeyValueStore, ValueAndTimestamp};
use tillstream_topology::{ProcessError, Processor, ProcessorContext, Record};

use super::basket::Basket;
use super::bucket::bucket_of;
use super::numbers::{Number, NumberStore, count_basket, number_of};
use super::partners::{LAST_RUN, Partners, RUN_MAX, RunKey};
use crate::sales::overflow;

/// Runs of partners.
pub(crate) type PairStore = KeyValueStore<RunKey, Partners>;

/// Adds each basket to the rows of its products that are in the bucket it was sent to.
pub(crate) struct CountPairs {
    pub(crate) pairs: Rc<RefCell<PairStore>>,
    pub(crate) products: Rc<RefCell<NumberStore>>,
}

impl Processor<Arc<str>, Basket, Arc<str>, ()> for CountPairs {
    fn process(
        &mut self,
        record: Record<Arc<str>, Basket>,
        _context: &mut ProcessorContext<'_, Arc<str>, ()>,
    ) -> Result<(), ProcessError> {
        let Record { key: bucket, value: Basket { sign, products }, timestamp: at, .. } = record;
        let (mut numbers, mut own) = (Vec::with_capacity(products.len()), Vec::new());
        for product in products.iter() {
            let mut store = self.products.borrow_mut();
            let number = number_of(&mut store, product, at)?;
            numbers.push(number);
            if bucket_of(product) == bucket {
                count_basket(&mut store, product, sign, at)?;
                own.push(number);
            }
        }
        numbers.sort_unstable();
        own.into_iter().try_for_each(|product| self.count_pairs(product, &numbers, sign, at))
    }
}

impl CountPairs {
    fn count_pairs(&self, product: Number, basket: &[Number], sign: i64, at: i64) -> Result<(), ProcessError> {
        let mut rising = Partners::of_basket(product, basket, sign);
        for run in 0..=LAST_RUN {
            if rising.is_empty() {
                break;
            }
            rising = self.merge_into(RunKey { product, run }, &rising, at)?;
        }
        Ok(())
    }

    /// Merges partners into a run; answers what goes on into the next one, the run being empty then.
    fn merge_into(&self, key: RunKey, partners: &Partners, at: i64) -> Result<Partners, ProcessError> {
        let mut full = Partners::default();
        self.pairs.borrow_mut().at(at).update(&key, &Headers::default(), |row| {
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
