//! Several models as one.

use super::{Profile, Recommender};
use crate::interactions::Row;

/// A weighted sum of models. Scores of different models have different scales: each list is standardised first, to mean
/// zero and deviation one over the catalogue.
#[derive(Debug)]
pub struct Blend {
    parts: Vec<(f64, Box<dyn Recommender>)>,
    items: usize,
}

impl Blend {
    /// Blends models with their weights. Parts of weight zero, or that are not of the same catalogue as the first, are
    /// left out.
    #[must_use]
    pub fn new(parts: Vec<(f64, Box<dyn Recommender>)>) -> Self {
        let items = parts.first().map_or(0, |(_, model)| model.items());
        let parts = parts.into_iter().filter(|(weight, model)| *weight != 0.0 && model.items() == items).collect();
        Self { parts, items }
    }

    /// Names and weights of its parts.
    #[must_use]
    pub fn weights(&self) -> Vec<(&'static str, f64)> {
        self.parts.iter().map(|(weight, model)| (model.name(), *weight)).collect()
    }

    /// Adds up what each part says, standardised list by list.
    fn sum(&self, out: &mut [f32], mut score: impl FnMut(&dyn Recommender, &mut [f32])) {
        out.fill(0.0);
        let mut scores = vec![0.0; out.len()];
        for (weight, model) in &self.parts {
            score(model.as_ref(), &mut scores);
            for (scores, out) in scores.chunks_mut(self.items.max(1)).zip(out.chunks_mut(self.items.max(1))) {
                standardize(scores);
                out.iter_mut().zip(scores).for_each(|(out, score)| *out += *weight as f32 * *score);
            }
        }
    }
}

/// Shifts and scales one list to mean zero and deviation one; a list of equal scores becomes zeros.
pub fn standardize(scores: &mut [f32]) {
    let count = scores.len().max(1) as f64;
    let mean = scores.iter().map(|&score| f64::from(score)).sum::<f64>() / count;
    let variance = scores.iter().map(|&score| (f64::from(score) - mean).powi(2)).sum::<f64>() / count;
    let scale = if variance > 0.0 { variance.sqrt().recip() } else { 0.0 };
    scores.iter_mut().for_each(|score| *score = ((f64::from(*score) - mean) * scale) as f32);
}

impl Recommender for Blend {
    fn name(&self) -> &'static str {
        "blend"
    }

    fn items(&self) -> usize {
        self.items
    }

    fn score(&self, profiles: &[Profile<'_>], out: &mut [f32]) {
        self.sum(out, |model, scores| model.score(profiles, scores));
    }

    fn similar(&self, item: u32, out: &mut [f32]) {
        self.sum(out, |model, scores| model.similar(item, scores));
    }

    /// What its heaviest part that can tell says.
    fn explain(&self, history: Row<'_>, item: u32) -> Vec<(u32, f32)> {
        let mut parts: Vec<_> = self.parts.iter().collect();
        parts.sort_by(|a, b| b.0.total_cmp(&a.0));
        parts.iter().map(|(_, model)| model.explain(history, item)).find(|why| !why.is_empty()).unwrap_or_default()
    }
}
