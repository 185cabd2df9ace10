//! How lists are made.

use tillstream_models::interactions::Confidence;

use crate::experiments::Experiment;
use crate::interactions::Weights;

/// How lists are made. What concerns confidence should be what the models were trained with.
#[derive(Clone, Debug, PartialEq)]
pub struct RecommendationSettings {
    /// What each kind of touch counts.
    pub weights: Weights,
    /// How touches become the weight of a pair.
    pub confidence: Confidence,
    /// Products of which at least this part of the buyers bought in two orders or more are used up and bought again: having bought them
    /// does not keep them out of a list. Above 1: none are.
    pub replenish_share: f32,
    /// Products that are, whatever the buyers did.
    pub replenishable: Vec<String>,
    /// Customers whose factors are kept between requests.
    pub cached_customers: usize,
    /// The experiment that is on.
    pub experiment: Option<Experiment>,
}

impl Default for RecommendationSettings {
    fn default() -> Self {
        Self {
            weights: Weights::default(),
            confidence: Confidence::default(),
            replenish_share: 0.6,
            replenishable: Vec::new(),
            cached_customers: 10_000,
            experiment: None,
        }
    }
}
