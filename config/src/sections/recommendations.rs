//! `[recommendations]`

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::FaultKind::{Contradiction, OutOfRange};
use crate::Millis;
use crate::checks::Checks;

/// Where lists may begin.
const SOURCES: [&str; 4] = ["personal", "item-to-item", "trending", "popular"];

/// What is learned from customers, and how lists are made of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recommendations {
    /// Whether this instance may train; models of others are served all the same.
    pub training: bool,
    /// Shortest time between two trainings.
    pub refresh_interval: Millis,
    /// Threads that train.
    pub training_threads: u32,
    /// Length of a factor row.
    pub factors: u32,
    /// Weight of every pair nobody touched.
    pub alpha0: f64,
    /// How much long factor rows cost.
    pub regularization: f64,
    /// Sweeps of a training from the start.
    pub sweeps: u32,
    /// What the first factors are drawn from.
    pub seed: u64,
    /// Age at which a touch counts half.
    pub half_life: Millis,
    /// What a purchase counts.
    pub purchase_weight: f64,
    /// What a product left in the cart counts.
    pub cart_weight: f64,
    /// What a look at a product counts.
    pub view_weight: f64,
    /// The most one customer and one product count.
    pub pair_weight_max: f64,
    /// The most all products of one customer count together.
    pub customer_weight_max: f64,
    /// Most products of one customer that are remembered.
    pub history_products_max: u32,
    /// Weight of what sells now.
    pub recency_weight: f64,
    /// Days that count as now.
    pub recency_days: u32,
    /// Customers whose newest purchases are kept out of the training.
    pub holdout_customers: u32,
    /// The part of its quality a new model may be worse.
    pub gate_margin: f64,
    /// The longest row of factors a model may have.
    pub factor_length_max: f64,
    /// Customers whose factors are published.
    pub published_customers: u32,
    /// Most customers segments are found among.
    pub segment_customers: u32,
    /// Name of the experiment that is on; empty: none.
    pub experiment: String,
    /// The parts of all customers by the source their lists begin with.
    pub variants: BTreeMap<String, f64>,
    /// The variant that others are held against.
    pub control: String,
    /// Products of which this part of the buyers bought again may be listed again; above 1: none.
    pub replenish_share: f64,
    /// Products that may be listed again whatever the buyers did.
    pub replenishable: Vec<String>,
    /// Customers whose factors are kept between requests.
    pub cached_customers: u32,
}

impl Recommendations {
    pub(crate) fn check(&self, checks: &mut Checks<'_>) {
        let interval = self.refresh_interval;
        checks.between("recommendations.refresh_interval", interval, Millis::seconds(1), Millis::days(7));
        checks.between("recommendations.half_life", self.half_life, Millis::hours(1), Millis::days(36_500));
        for (key, value, least, most) in [
            ("training_threads", self.training_threads, 1, 256),
            ("factors", self.factors, 1, 1024),
            ("sweeps", self.sweeps, 1, 1000),
            ("history_products_max", self.history_products_max, 10, 10_000),
            ("recency_days", self.recency_days, 1, 400),
            ("holdout_customers", self.holdout_customers, 0, 10_000),
            ("published_customers", self.published_customers, 0, 1_000_000),
            ("segment_customers", self.segment_customers, 100, 1_000_000),
            ("cached_customers", self.cached_customers, 1, 1_000_000),
        ] {
            checks.between(&format!("recommendations.{key}"), value, least, most);
        }
        for (key, value, least, most) in [
            ("alpha0", self.alpha0, 1e-6, 1e3),
            ("regularization", self.regularization, 1e-6, 1e3),
            ("purchase_weight", self.purchase_weight, 0.0, 100.0),
            ("cart_weight", self.cart_weight, 0.0, 100.0),
            ("view_weight", self.view_weight, 0.0, 100.0),
            ("pair_weight_max", self.pair_weight_max, 0.01, 1e6),
            ("customer_weight_max", self.customer_weight_max, 0.01, 1e6),
            ("recency_weight", self.recency_weight, 0.0, 100.0),
            ("replenish_share", self.replenish_share, 0.01, 1.01),
            ("gate_margin", self.gate_margin, 0.0, 1.0),
            ("factor_length_max", self.factor_length_max, 1.0, 1e6),
        ] {
            checks.between(&format!("recommendations.{key}"), value, least, most);
        }
        checks.between("recommendations.seed", self.seed, 0, i64::MAX.unsigned_abs());
        self.check_experiment(checks);
    }

    fn check_experiment(&self, checks: &mut Checks<'_>) {
        for (variant, share) in &self.variants {
            if !SOURCES.contains(&variant.as_str()) {
                let remedy = "name a source: personal, item-to-item, trending or popular";
                checks.refuse(OutOfRange, "recommendations.variants", variant, "not a source of lists", remedy);
            }
            checks.between(&format!("recommendations.variants.{variant}"), *share, 0.0, 1.0);
        }
        checks.between("recommendations.variants", self.variants.values().sum::<f64>(), 0.0, 1.0 + 1e-9);
        if !self.experiment.is_empty() && !self.variants.contains_key(&self.control) {
            let remedy = "name one of recommendations.variants";
            checks.refuse(Contradiction, "recommendations.control", &self.control, "not a variant", remedy);
        }
    }
}
