//! The factor model as a recommender.

use super::{Profile, Recommender, Shortlist, quantized::Quantized};
use crate::{
    als::AlsModel,
    interactions::Row,
    linear::{Factors, cosines},
};

/// Scores by inner product of factors; users it was trained with have their row, all others are folded in.
#[derive(Debug, Clone)]
pub struct AlsRecommender {
    model: AlsModel,
    quantized: Quantized,
}

impl AlsRecommender {
    /// Serves a trained model.
    #[must_use]
    pub fn new(model: AlsModel) -> Self {
        let quantized = Quantized::new(model.items());
        Self { model, quantized }
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &AlsModel {
        &self.model
    }

    /// A user's list: the items that `list` picks, with their true scores. Much faster than scoring every item: all are
    /// scored with factors rounded to a byte, and the best few times as many as are wanted are scored again. An item at
    /// the very end of a list may thus be missed.
    #[must_use]
    pub fn list(&self, profile: &Profile<'_>, list: &Shortlist<'_>) -> Vec<(u32, f32)> {
        self.list_of(&self.factors_of(profile), list, 0.0, &[])
    }

    /// [`list`](Self::list) of a user with these factors; `bonus · prior[item]` is added to each score.
    pub(super) fn list_of(&self, factors: &[f32], list: &Shortlist<'_>, bonus: f32, prior: &[f32]) -> Vec<(u32, f32)> {
        let mut query = Factors::zeros(1, self.model.items().dimension());
        query.row_mut(0).iter_mut().zip(factors).for_each(|(to, &from)| *to = from);
        let mut rough = vec![0.0; self.model.items().rows()];
        self.quantized.scores(query.row(0), &mut rough);
        if bonus > 0.0 {
            rough.iter_mut().zip(prior).for_each(|(score, prior)| *score += bonus * prior);
        }
        list.pick_again(&rough, |item| {
            let row = self.model.items().get(item as usize).unwrap_or_default();
            let score: f32 = row.iter().zip(query.row(0)).map(|(a, b)| a * b).sum();
            score + bonus * prior.get(item as usize).copied().unwrap_or(0.0)
        })
    }

    /// The user's factors: those trained with, else folded in.
    #[must_use]
    pub fn factors_of(&self, profile: &Profile<'_>) -> Vec<f32> {
        let mut factors = vec![0.0; self.model.items().dimension()];
        self.write_query(profile, &mut factors);
        factors
    }

    fn write_query(&self, profile: &Profile<'_>, to: &mut [f32]) {
        let trained = profile.user.and_then(|user| self.model.users().get(user as usize));
        match trained {
            Some(factors) => to.iter_mut().zip(factors).for_each(|(to, &from)| *to = from),
            None => self.model.fold_in_to(profile.history, to),
        }
    }

    /// Cosine between one user's factors and every user's; zeros for an unknown user. One number for each user.
    #[must_use]
    pub fn similar_users(&self, user: u32) -> Vec<f32> {
        cosines(self.model.users(), user as usize)
    }
}

impl Recommender for AlsRecommender {
    fn name(&self) -> &'static str {
        "als"
    }

    fn items(&self) -> usize {
        self.model.items().rows()
    }

    fn score(&self, profiles: &[Profile<'_>], out: &mut [f32]) {
        let mut queries = Factors::zeros(profiles.len(), self.model.items().dimension());
        for (row, profile) in profiles.iter().enumerate() {
            self.write_query(profile, queries.row_mut(row));
        }
        self.model.scores_of(&queries, out);
    }

    fn similar(&self, item: u32, out: &mut [f32]) {
        out.copy_from_slice(&cosines(self.model.items(), item as usize));
    }

    fn explain(&self, history: Row<'_>, item: u32) -> Vec<(u32, f32)> {
        self.model.explain(history, item).map(|explanation| explanation.shares).unwrap_or_default()
    }
}
