//! Personal lists: factors, and what sells now.
#![expect(clippy::indexing_slicing, reason = "rows of the Gram matrix are cut by the stride of the factors")]

use super::{AlsRecommender, ItemSet, Profile, Recommender, Shortlist, standardize};
use crate::{als::AlsModel, interactions::Row};

/// The factor model with a prior: `score + weight · σ · prior`, where σ is the deviation of the user's scores over the
/// catalogue. It orders items as the [`Blend`](super::Blend) of the two would, without having to score them all to
/// standardise them.
#[derive(Debug, Clone)]
pub struct Personal {
    als: AlsRecommender,
    prior: Vec<f32>,
    weight: f32,
    /// Mean of all item rows.
    center: Vec<f32>,
    /// Mean of the products of all item rows with themselves; rows of `stride`.
    spread: Vec<f32>,
    stride: usize,
    solved: ItemSet,
}

impl Personal {
    /// Serves a model with one prior number for each item and the weight it has. Without a prior for every item, or with
    /// a weight that is not a positive number, the factors decide alone.
    #[must_use]
    pub fn new(model: AlsModel, mut prior: Vec<f32>, weight: f32) -> Self {
        let items = model.items();
        let fits = prior.len() == items.rows() && weight > 0.0 && weight.is_finite();
        standardize(&mut prior);
        let mut center = vec![0.0; items.dimension()];
        let mut solved = ItemSet::default();
        for item in 0..items.rows() {
            let row = items.get(item).unwrap_or_default();
            if row.iter().any(|value| *value != 0.0) {
                solved.insert(item as u32);
            }
            center.iter_mut().zip(row).for_each(|(sum, value)| *sum += value / items.rows() as f32);
        }
        let (spread, stride) = model.item_spread();
        let weight = if fits { weight } else { 0.0 };
        Self { als: AlsRecommender::new(model), prior, weight, center, spread, stride, solved }
    }

    /// The factor model.
    #[must_use]
    pub fn model(&self) -> &AlsModel {
        self.als.model()
    }

    /// The factors alone.
    #[must_use]
    pub fn als(&self) -> &AlsRecommender {
        &self.als
    }

    /// The weight of the prior.
    #[must_use]
    pub fn weight(&self) -> f32 {
        self.weight
    }

    /// The items that have been solved at least once. All others score zero, which is more than what a user would rather
    /// not have: they are kept out of lists.
    #[must_use]
    pub fn solved(&self) -> &ItemSet {
        &self.solved
    }

    /// The list of a user with these factors, see [`AlsModel::fold_in`]: solved items only.
    #[must_use]
    pub fn list(&self, factors: &[f32], list: &Shortlist<'_>) -> Vec<(u32, f32)> {
        let bonus = self.bonus(factors);
        let solved = |item: u32| self.solved.contains(item);
        self.als.list_of(factors, &list.clone().rule(&solved), bonus, &self.prior)
    }

    /// What one unit of the prior is worth to a user.
    fn bonus(&self, factors: &[f32]) -> f32 {
        if self.weight > 0.0 { self.weight * self.deviation(factors) } else { 0.0 }
    }

    /// Deviation of a user's scores over the catalogue: `√(xᵀ · HᵀH/items · x - mean²)`.
    fn deviation(&self, factors: &[f32]) -> f32 {
        let rows = factors.iter().enumerate().map(|(at, x)| x * dot(&self.spread[at * self.stride..], factors));
        let mean = dot(&self.center, factors);
        (rows.sum::<f32>() - mean * mean).max(0.0).sqrt()
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

impl Recommender for Personal {
    fn name(&self) -> &'static str {
        if self.weight > 0.0 { "als-recent" } else { "als" }
    }

    fn items(&self) -> usize {
        self.als.items()
    }

    fn score(&self, profiles: &[Profile<'_>], out: &mut [f32]) {
        self.als.score(profiles, out);
        if self.weight > 0.0 {
            for (profile, out) in profiles.iter().zip(out.chunks_mut(self.items().max(1))) {
                let bonus = self.bonus(&self.als.factors_of(profile));
                out.iter_mut().zip(&self.prior).for_each(|(score, prior)| *score += bonus * prior);
            }
        }
    }

    fn similar(&self, item: u32, out: &mut [f32]) {
        self.als.similar(item, out);
    }

    fn explain(&self, history: Row<'_>, item: u32) -> Vec<(u32, f32)> {
        self.als.explain(history, item)
    }
}
