//! The settings of learning and of recommendations out of the configuration.

use tillstream_config::Recommendations as Config;
use tillstream_learning::{Gate, LearningSettings};
use tillstream_models::als::AlsParams;
use tillstream_models::interactions::Confidence;
use tillstream_models::segments::SegmentParams;
use tillstream_processors::experiments::{Experiment, Variant};
use tillstream_processors::interactions::Weights;
use tillstream_processors::recommendations::{RecommendationSettings, Source};

const DAY_MS: f64 = 86_400_000.0;

/// How models are trained.
pub(super) fn learning_settings(config: &Config) -> LearningSettings {
    LearningSettings {
        params: AlsParams::default()
            .factors(config.factors as usize)
            .alpha0(config.alpha0 as f32)
            .regularization(config.regularization as f32)
            .sweeps(config.sweeps as usize)
            .seed(config.seed),
        confidence: confidence(config),
        weights: weights(config),
        recency_weight: config.recency_weight as f32,
        recency_days: config.recency_days,
        training: config.training,
        refresh_interval: config.refresh_interval.as_duration(),
        threads: config.training_threads as usize,
        gate: Gate { longest_row: config.factor_length_max as f32, margin: config.gate_margin },
        holdout_customers: config.holdout_customers as usize,
        segments: SegmentParams { seed: config.seed, ..SegmentParams::default() },
        segment_customers: config.segment_customers as usize,
        published_customers: config.published_customers as usize,
        ..LearningSettings::default()
    }
}

/// How lists are made.
pub(crate) fn recommendation_settings(config: &Config) -> RecommendationSettings {
    RecommendationSettings {
        weights: weights(config),
        confidence: confidence(config),
        replenish_share: config.replenish_share as f32,
        replenishable: config.replenishable.clone(),
        cached_customers: config.cached_customers as usize,
        experiment: experiment(config),
    }
}

fn experiment(config: &Config) -> Option<Experiment> {
    let variant = |(name, share): (&String, &f64)| {
        Some(Variant { name: name.clone(), share: *share, source: Source::parse(name)? })
    };
    (!config.experiment.is_empty()).then(|| Experiment {
        name: config.experiment.clone(),
        variants: config.variants.iter().filter_map(variant).collect(),
        control: config.control.clone(),
    })
}

fn weights(config: &Config) -> Weights {
    Weights {
        bought: config.purchase_weight as f32,
        cart: config.cart_weight as f32,
        viewed: config.view_weight as f32,
    }
}

fn confidence(config: &Config) -> Confidence {
    Confidence {
        half_life_days: Some(config.half_life.get() as f64 / DAY_MS),
        pair_cap: config.pair_weight_max as f32,
        user_cap: config.customer_weight_max as f32,
    }
}
