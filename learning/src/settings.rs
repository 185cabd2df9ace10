//! How learning goes about it.

use std::time::Duration;

use tillstream_models::{als::AlsParams, interactions::Confidence, segments::SegmentParams};
use tillstream_processors::interactions::Weights;

use crate::Gate;

/// How learning goes about it. The defaults are those of `docs/recommendations.md`.
#[derive(Clone, Debug, PartialEq)]
pub struct LearningSettings {
    /// Hyper-parameters of the factorisation.
    pub params: AlsParams,
    /// How touches become the weight of a pair.
    pub confidence: Confidence,
    /// What each kind of touch counts.
    pub weights: Weights,
    /// The weight of what sells now, where it wins on purchases kept out of the training data; 0 is never.
    pub recency_weight: f32,
    /// The days that count as now.
    pub recency_days: u32,
    /// Whether this instance may train. Models of others are served all the same.
    pub training: bool,
    /// Shortest time between two trainings. One that takes long rests ten times as long.
    pub refresh_interval: Duration,
    /// Threads that train.
    pub threads: usize,
    /// Fewer customers train nothing.
    pub min_customers: usize,
    /// Fewer pairs of customers and products train nothing.
    pub min_pairs: usize,
    /// What a model must pass.
    pub gate: Gate,
    /// Customers whose newest purchases are kept out of the training data to judge models by.
    pub holdout_customers: usize,
    /// How the segments of customers are found.
    pub segments: SegmentParams,
    /// Most customers segments are found among.
    pub segment_customers: usize,
    /// Fewer customers make no segments.
    pub segment_min_customers: usize,
    /// Customers whose factors are published, the busiest: who is alike is looked up among them.
    pub published_customers: usize,
}

impl Default for LearningSettings {
    fn default() -> Self {
        Self {
            params: AlsParams::default(),
            confidence: Confidence::default(),
            weights: Weights::default(),
            recency_weight: 0.5,
            recency_days: 31,
            training: true,
            refresh_interval: Duration::from_secs(30),
            threads: 1,
            min_customers: 10,
            min_pairs: 50,
            gate: Gate::default(),
            holdout_customers: 500,
            segments: SegmentParams::default(),
            segment_customers: 20_000,
            segment_min_customers: 30,
            published_customers: 20_000,
        }
    }
}
