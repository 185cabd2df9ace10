//! What a model is trained on, and what it is judged by.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tillstream_models::{
    events::payload_hash,
    interactions::{Interaction, Interactions, InteractionsError},
    learned::Demand,
    recommenders::Popularity,
};
use tillstream_processors::interactions::{Customer, Customers};

use crate::{LearningSettings, Numbering};

/// Customers with fewer products are not judged by: too little remains to tell their taste from.
const JUDGED_MIN_PRODUCTS: usize = 5;
/// Fewer buyers do not tell whether a product is bought again and again.
const REBOUGHT_MIN_BUYERS: u32 = 10;
/// After so many days a purchase counts half for what is trending.
const TRENDING_HALF_LIFE_DAYS: f64 = 7.0;

/// All that customers did, as matrices.
#[derive(Clone, Debug, Default)]
pub struct Examples {
    /// Everything.
    pub all: Interactions,
    /// Everything but what is held out.
    pub training: Interactions,
    /// The newest fifth of what some customers bought, by customer, ascending: models are judged by it.
    pub held_out: BTreeMap<u32, Vec<u32>>,
    /// What each customer bought and kept, ascending.
    pub bought: Vec<Vec<u32>>,
    /// How much each product is in demand.
    pub demand: Demand,
}

impl Examples {
    /// Reads customers into matrices as of `now_ms`; new customers and products get new numbers.
    ///
    /// # Errors
    /// When there are more customers or products than numbers, or a setting is out of range.
    pub fn of(
        customers: &Customers,
        numbering: &mut Numbering,
        settings: &LearningSettings,
        now_ms: i64,
    ) -> Result<Self, InteractionsError> {
        let mut reading = Reading::default();
        for (id, customer) in customers {
            reading.add(id, customer, numbering, settings)?;
        }
        let (users, items) = (numbering.users.len(), numbering.items.len());
        reading.bought.resize_with(users, BTreeMap::new);
        let held_out = held_out(&reading.bought, numbering, settings.holdout_customers);
        let all = settings.confidence.matrix(users, items, &reading.events, now_ms)?;
        let demand =
            Demand { rebought: reading.rebought(items), ..demand(items, &reading.bought_events, settings, now_ms) };
        let is_held = |event: &Interaction| {
            held_out.get(&event.user).is_some_and(|items| items.binary_search(&event.item).is_ok())
        };
        reading.events.retain(|event| !is_held(event));
        let training = settings.confidence.matrix(users, items, &reading.events, now_ms)?;
        let bought = reading.bought.into_iter().map(|items| items.into_keys().collect()).collect();
        Ok(Self { all, training, held_out, bought, demand })
    }

    /// Customers who did anything.
    #[must_use]
    pub fn customers(&self) -> usize {
        self.all.rows().filter(|row| !row.is_empty()).count()
    }
}

fn demand(items: usize, bought: &[Interaction], settings: &LearningSettings, now_ms: i64) -> Demand {
    Demand {
        recent: Popularity::recent_buyers(items, bought, settings.recency_days, now_ms).scores().to_vec(),
        trending: Popularity::trending(items, bought, TRENDING_HALF_LIFE_DAYS, now_ms).scores().to_vec(),
        buyers: Popularity::recent_buyers(items, bought, u32::MAX, now_ms).scores().to_vec(),
        rebought: Vec::new(),
    }
}

#[derive(Default)]
struct Reading {
    events: Vec<Interaction>,
    /// Purchases that were kept, by product: when first.
    bought: Vec<BTreeMap<u32, i64>>,
    bought_events: Vec<Interaction>,
    /// Buyers of each product, and those of them who bought it in two orders or more.
    buyers: BTreeMap<u32, (u32, u32)>,
}

impl Reading {
    fn add(
        &mut self,
        id: &Arc<str>,
        customer: &Customer,
        numbering: &mut Numbering,
        settings: &LearningSettings,
    ) -> Result<(), InteractionsError> {
        let kept: BTreeSet<&Arc<str>> = customer.purchases.bought().collect();
        let purchases = customer.purchases.signals(settings.weights).into_iter().map(|signal| (signal, true));
        let activity = customer.activity.signals(settings.weights).into_iter().map(|signal| (signal, false));
        for (signal, is_purchase) in purchases.chain(activity) {
            let (user, item) = (numbering.user(id)?, numbering.item(&signal.product_id)?);
            let event = Interaction { user, item, weight: signal.weight, at_ms: signal.at_ms };
            self.events.push(event);
            if is_purchase && kept.contains(&signal.product_id) {
                self.bought_events.push(event);
                if self.bought.len() <= user as usize {
                    self.bought.resize_with(user as usize + 1, BTreeMap::new);
                }
                if let Some(own) = self.bought.get_mut(user as usize) {
                    let first = own.entry(item).or_insert(signal.at_ms);
                    *first = (*first).min(signal.at_ms);
                }
            }
        }
        self.count_orders(customer, numbering)
    }

    /// Lines of one order are of one time: as many times, as many orders.
    fn count_orders(&mut self, customer: &Customer, numbering: &mut Numbering) -> Result<(), InteractionsError> {
        let mut orders: BTreeMap<&Arc<str>, BTreeSet<i64>> = BTreeMap::new();
        for (product, at_ms) in customer.purchases.kept_purchases() {
            orders.entry(product).or_default().insert(at_ms);
        }
        for (product, times) in orders {
            let (buyers, again) = self.buyers.entry(numbering.item(product)?).or_default();
            *buyers += 1;
            *again += u32::from(times.len() > 1);
        }
        Ok(())
    }

    fn rebought(&self, items: usize) -> Vec<f32> {
        let mut parts = vec![0.0; items];
        for (item, (buyers, again)) in &self.buyers {
            if let Some(part) = parts.get_mut(*item as usize).filter(|_| *buyers >= REBOUGHT_MIN_BUYERS) {
                *part = *again as f32 / *buyers as f32;
            }
        }
        parts
    }
}

/// The newest fifth of what some customers bought first. Who they are depends on their ids alone, so that they stay the same
/// from training to training: what is held out has never been trained on.
fn held_out(bought: &[BTreeMap<u32, i64>], numbering: &Numbering, customers: usize) -> BTreeMap<u32, Vec<u32>> {
    let judged = (0..).zip(bought).filter(|(_, own)| own.len() >= JUDGED_MIN_PRODUCTS);
    let mut judged: Vec<(u64, u32, &BTreeMap<u32, i64>)> =
        judged.map(|(user, own)| (lot(numbering, user), user, own)).collect();
    judged.sort_unstable_by_key(|(lot, user, _)| (*lot, *user));
    judged.truncate(customers);
    let newest = |own: &BTreeMap<u32, i64>| {
        let mut items: Vec<(i64, u32)> = own.iter().map(|(item, first)| (*first, *item)).collect();
        items.sort_unstable();
        let mut held: Vec<u32> = items.iter().rev().take(own.len().div_ceil(5)).map(|(_, item)| *item).collect();
        held.sort_unstable();
        held
    };
    judged.into_iter().map(|(_, user, own)| (user, newest(own))).collect()
}

/// The place a customer has in any draw.
pub(crate) fn lot(numbering: &Numbering, user: u32) -> u64 {
    payload_hash(numbering.users.name(user).unwrap_or_default().as_bytes())
}
