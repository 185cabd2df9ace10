//! The segments customers are in.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use tillstream_models::events::{Currency, Money, payload_hash};
use tillstream_models::segments::{Buyer, Segment, SegmentCard, SegmentModel};

use super::{CUSTOMERS, CustomerValue, USUAL_GAP_DAYS, customer_value_serde};
use crate::read::{Answers, ReadError, rows, stamp};

/// Ten-thousandths in a major unit.
const UNITS: f64 = 10_000.0;

/// Fewer customers who bought three times or more tell nothing about the usual gap.
const GAPS_KNOWN: usize = 20;

/// Where the segments that are served lie. std's lock: held to count a reference.
#[derive(Debug, Default)]
pub(crate) struct SegmentShelf(RwLock<Option<Arc<SegmentModel>>>);

/// A segment and who is in it now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SegmentFigures {
    /// Its name.
    pub name: String,
    /// Customers.
    pub customers: u64,
    /// Their part of all customers, from 0 to 1.
    pub share: f64,
    /// Their orders.
    pub orders: u64,
    /// What they spent, in each currency: gross revenue less refunds.
    pub spent: BTreeMap<Currency, Money>,
    /// Days since the last purchase that are typical.
    pub typical_recency_days: f64,
    /// Orders of a customer that are typical.
    pub typical_orders: f64,
    /// What a customer typically spent, in each currency.
    pub typical_spent: BTreeMap<Currency, Money>,
}

/// All segments as of now.
#[derive(Clone, Debug, PartialEq)]
pub struct Segmentation {
    /// What is known of the model that tells them apart.
    pub card: SegmentCard,
    /// Customers with an order.
    pub customers: u64,
    /// The segments, in the order of [`NAMES`](tillstream_models::segments::NAMES).
    pub segments: Vec<SegmentFigures>,
}

/// Customers to find segments among.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BuyerSample {
    /// Customers with an order.
    pub customers: u64,
    /// Those that were drawn.
    pub buyers: Vec<Buyer>,
    /// Days between the purchases of those who bought three times or more, on average each.
    pub gaps_days: Vec<f64>,
}

impl BuyerSample {
    /// Days that usually lie between two purchases of a customer: the median of the customers' own averages; [`USUAL_GAP_DAYS`] while
    /// too few are known.
    #[must_use]
    pub fn usual_gap_days(&self) -> f64 {
        let mut gaps = self.gaps_days.clone();
        gaps.sort_unstable_by(f64::total_cmp);
        let median = gaps.get(gaps.len() / 2).filter(|_| gaps.len() >= GAPS_KNOWN).copied();
        // Nobody is overdue within a day.
        median.map_or(USUAL_GAP_DAYS, |days| days.max(1.0))
    }
}

impl CustomerValue {
    /// The customer as segments see her at `now_ms`; `None` for one of whom no order stands.
    #[must_use]
    pub fn buyer(&self, now_ms: i64) -> Option<Buyer> {
        let (currency, recency_days) = (self.currency()?, self.recency_days(now_ms).filter(|_| self.orders > 0)?);
        let spent = self.spent.get(&currency)?.net()?.units() as f64 / UNITS;
        Some(Buyer { currency, recency_days, orders: self.orders as f64, spent })
    }
}

impl Answers {
    /// Puts segments in the place of those that are served.
    pub fn serve_segments(&self, model: SegmentModel) {
        *self.segment_shelf().0.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(model));
    }

    /// The segments that are served; `None` before the first.
    #[must_use]
    pub fn segment_model(&self) -> Option<Arc<SegmentModel>> {
        self.segment_shelf().0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The segments with who is in them now; `None` before there are any. Looks at every customer.
    ///
    /// # Errors
    /// [`ReadError::Overflow`], [`ReadError::Unavailable`], [`ReadError::Store`].
    pub fn segmentation(&self) -> Result<Option<Arc<Segmentation>>, ReadError> {
        let Some(model) = self.segment_model() else { return Ok(None) };
        let version = model.card.version;
        self.caches().segmentation.get(&version, stamp(self.query()), || self.count(&model)).map(Some)
    }

    fn count(&self, model: &SegmentModel) -> Result<Segmentation, ReadError> {
        let (now_ms, mut customers) = (self.as_of(), 0_u64);
        let mut segments: Vec<SegmentFigures> =
            model.segments.all().iter().map(|segment| empty(model, segment)).collect();
        let mut fits = true;
        self.each_customer(|_, value| {
            let Some(buyer) = value.buyer(now_ms) else { return };
            let name = model.segments.of(&buyer).map(|segment| &segment.name);
            if let Some(figures) = segments.iter_mut().find(|figures| Some(&figures.name) == name) {
                customers += 1;
                fits &= figures.add(&value).is_some();
            }
        })?;
        if !fits {
            return Err(ReadError::Overflow { what: "what the customers of a segment spent" });
        }
        for figures in &mut segments {
            figures.share = figures.customers as f64 / customers.max(1) as f64;
        }
        Ok(Segmentation { card: model.card, customers, segments })
    }

    /// At most `limit` customers to find segments among, drawn by their ids: the same ones from time to time. Looks at every customer:
    /// for training, not for requests.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`], [`ReadError::Store`].
    pub fn buyers(&self, limit: usize) -> Result<BuyerSample, ReadError> {
        let (now_ms, mut customers) = (self.as_of(), 0);
        let mut drawn: BTreeMap<(u64, Arc<str>), (Buyer, Option<f64>)> = BTreeMap::new();
        self.each_customer(|user, value| {
            let Some(buyer) = value.buyer(now_ms) else { return };
            customers += 1;
            drawn.insert((payload_hash(user.as_bytes()), user), (buyer, value.own_gap_days()));
            if drawn.len() > limit {
                drawn.pop_last();
            }
        })?;
        let gaps_days = drawn.values().filter_map(|(_, gap)| *gap).collect();
        Ok(BuyerSample { customers, buyers: drawn.into_values().map(|(buyer, _)| buyer).collect(), gaps_days })
    }

    pub(super) fn each_customer(&self, mut visit: impl FnMut(Arc<str>, CustomerValue)) -> Result<(), ReadError> {
        for task in rows::holders(self.query(), CUSTOMERS)? {
            rows::for_each(&task, CUSTOMERS, &customer_value_serde(), &mut visit)?;
        }
        Ok(())
    }
}

fn empty(model: &SegmentModel, segment: &Segment) -> SegmentFigures {
    let rounded = |amount: f64| Money::from_units((amount * 100.0).round() as i64 * 100);
    SegmentFigures {
        name: segment.name.clone(),
        typical_recency_days: model.segments.typical_recency_days(segment),
        typical_orders: model.segments.typical_orders(segment),
        typical_spent: model.segments.typical_spent(segment).map(|(code, amount)| (code, rounded(amount))).collect(),
        ..SegmentFigures::default()
    }
}

impl SegmentFigures {
    fn add(&mut self, value: &CustomerValue) -> Option<()> {
        self.customers += 1;
        self.orders = self.orders.saturating_add(value.orders);
        for (currency, spent) in &value.spent {
            let sum = self.spent.entry(*currency).or_default();
            *sum = sum.checked_add(spent.net()?)?;
        }
        Some(())
    }
}
