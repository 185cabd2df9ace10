//! From a specification and training data to a recommender.

use std::time::Instant;

use linfa::ParamGuard;
use serde_json::{Value, json};

use super::{
    BlendParams, EvaluationError, ModelSpec, Progress, Training, blend_weights::choose, validation::validation,
};
use crate::{
    als::AlsParams,
    recommenders::{AlsRecommender, Blend, Ease, Neighbours, Popularity, Recommender},
};

/// A model that is ready to make lists.
#[derive(Debug)]
pub struct Fitted {
    /// The model.
    pub recommender: Box<dyn Recommender>,
    /// Its parameters; a blend's with the weights that were chosen.
    pub parameters: Value,
    /// How long the fit took.
    pub seconds: f64,
    /// Median of its sweeps, if it makes sweeps.
    pub seconds_per_sweep: Option<f64>,
}

/// Fits a model.
///
/// # Errors
/// If parameters are out of range or the data is too large for the model.
pub fn fit(
    training: &Training,
    spec: &ModelSpec,
    seed: u64,
    progress: &mut dyn FnMut(Progress),
) -> Result<Fitted, EvaluationError> {
    let start = Instant::now();
    let mut sweeps = Vec::new();
    // By way of text: an f32 of 0.1 made a JSON value directly would be 0.10000000149011612.
    let mut parameters: Value = serde_json::from_str(&serde_json::to_string(spec)?)?;
    let recommender = match spec {
        ModelSpec::Blend(params) => {
            let (blend, chosen) = fit_blend(training, params, seed, &mut sweeps, progress)?;
            if let Some(entries) = parameters.as_object_mut() {
                entries.insert("weights".to_owned(), chosen);
            }
            Box::new(blend) as Box<dyn Recommender>
        }
        single => fit_single(training, single, seed, &mut sweeps, progress)?,
    };
    sweeps.sort_by(f64::total_cmp);
    let seconds_per_sweep = sweeps.get(sweeps.len() / 2).copied();
    Ok(Fitted { recommender, parameters, seconds: start.elapsed().as_secs_f64(), seconds_per_sweep })
}

/// Fits anything but a blend.
fn fit_single(
    training: &Training,
    spec: &ModelSpec,
    seed: u64,
    sweeps: &mut Vec<f64>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Box<dyn Recommender>, EvaluationError> {
    let matrix = &training.matrix;
    Ok(match spec {
        ModelSpec::Als(params) => Box::new(fit_als(training, params, seed, sweeps, progress)?),
        ModelSpec::Ease(params) => Box::new(Ease::new(matrix, params)?),
        ModelSpec::Neighbours(params) => Box::new(Neighbours::new(matrix, params)),
        ModelSpec::Trending { half_life_days } => {
            Box::new(Popularity::trending(matrix.items(), &training.events, *half_life_days, training.now_ms))
        }
        ModelSpec::Popularity {} => Box::new(Popularity::buyers(matrix)),
        ModelSpec::Blend(params) => Box::new(fit_blend(training, params, seed, sweeps, progress)?.0),
    })
}

fn fit_als(
    training: &Training,
    params: &AlsParams,
    seed: u64,
    sweeps: &mut Vec<f64>,
    progress: &mut dyn FnMut(Progress),
) -> Result<AlsRecommender, EvaluationError> {
    let mut last = Instant::now();
    let model = params.clone().seed(seed).check()?.train(&training.matrix, |sweep| {
        sweeps.push(last.elapsed().as_secs_f64());
        progress(Progress::Sweep(sweep));
        last = Instant::now();
        true
    });
    Ok(AlsRecommender::new(model))
}

/// Chooses weights on a part of the training data that the parts do not see, then fits the parts that count on all of it.
fn fit_blend(
    training: &Training,
    params: &BlendParams,
    seed: u64,
    sweeps: &mut Vec<f64>,
    progress: &mut dyn FnMut(Progress),
) -> Result<(Blend, Value), EvaluationError> {
    let specs = parts(training, params);
    let (rest, cases) = validation(training, seed)?;
    let mut models = Vec::new();
    for part in &specs {
        models.push(part.fit(&rest, seed, sweeps, progress)?);
    }
    let weights = choose(&models, &cases, &rest);
    let mut chosen = Vec::new();
    for (part, &weight) in specs.iter().zip(&weights).filter(|(_, weight)| **weight > 0.0) {
        chosen.push((weight, part.fit(training, seed, sweeps, progress)?));
    }
    let names = models.iter().zip(weights).map(|(model, weight)| (model.name().to_owned(), json!(weight)));
    Ok((Blend::new(chosen), names.collect()))
}

enum Part {
    Single(ModelSpec),
    RecentBuyers(u32),
}

impl Part {
    fn fit(
        &self,
        training: &Training,
        seed: u64,
        sweeps: &mut Vec<f64>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Box<dyn Recommender>, EvaluationError> {
        match self {
            Self::Single(spec) => fit_single(training, spec, seed, sweeps, progress),
            Self::RecentBuyers(days) => {
                let items = training.matrix.items();
                Ok(Box::new(Popularity::recent_buyers(items, &training.events, *days, training.now_ms)))
            }
        }
    }
}

fn parts(training: &Training, params: &BlendParams) -> Vec<Part> {
    let mut parts = vec![
        Part::Single(ModelSpec::Als(params.als.clone())),
        Part::Single(ModelSpec::Neighbours(params.neighbours.clone())),
    ];
    if training.matrix.items() <= params.ease.max_items {
        parts.push(Part::Single(ModelSpec::Ease(params.ease.clone())));
    }
    if training.timed {
        parts.push(Part::RecentBuyers(params.recent_days));
    }
    parts
}
