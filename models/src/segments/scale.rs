//! What is much and what is little: means and deviations.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Buyer;
use crate::events::Currency;

/// Mean and standard deviation of some logarithms.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Spread {
    pub(super) mean: f64,
    pub(super) deviation: f64,
}

impl Spread {
    fn of(values: &[f64]) -> Self {
        let count = values.len().max(1) as f64;
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / count;
        // Where all are alike, none stands out.
        let deviation = if variance > 1e-12 { variance.sqrt() } else { 1.0 };
        Self { mean, deviation }
    }

    fn place(self, value: f64) -> f64 {
        (value - self.mean) / self.deviation
    }

    pub(super) fn value(self, place: f64) -> f64 {
        place * self.deviation + self.mean
    }
}

/// How customers are compared: by deviations from the mean of the logarithms; money within its currency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Scale {
    pub(super) recency: Spread,
    pub(super) orders: Spread,
    pub(super) spent: BTreeMap<Currency, Spread>,
}

impl Scale {
    pub(super) fn of(buyers: &[Buyer]) -> Self {
        let logs: Vec<(Currency, [f64; 3])> = buyers.iter().map(|buyer| (buyer.currency, buyer.logs())).collect();
        let recency: Vec<f64> = logs.iter().map(|(_, [recency, ..])| *recency).collect();
        let orders: Vec<f64> = logs.iter().map(|(_, [_, orders, _])| *orders).collect();
        let mut spent: BTreeMap<Currency, Vec<f64>> = BTreeMap::new();
        for (currency, [.., amount]) in logs {
            spent.entry(currency).or_default().push(amount);
        }
        let spent = spent.into_iter().map(|(currency, amounts)| (currency, Spread::of(&amounts))).collect();
        Self { recency: Spread::of(&recency), orders: Spread::of(&orders), spent }
    }

    /// Where a customer stands: recency, orders, spent. Of a currency nobody has paid in before an amount says nothing.
    pub(super) fn place(&self, buyer: &Buyer) -> [f64; 3] {
        let [recency, orders, spent] = buyer.logs();
        let spent = self.spent.get(&buyer.currency).map_or(0.0, |spread| spread.place(spent));
        [self.recency.place(recency), self.orders.place(orders), spent]
    }
}
