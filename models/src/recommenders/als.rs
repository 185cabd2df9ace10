//! The factor model as a recommender.

use super::{Profile, Recommender};
use crate::{
    als::AlsModel,
    interactions::Row,
    linear::{Factors, cosines},
};

/// Scores by inner product of factors; users it was trained with have their row, all others are folded in.
#[derive(Debug, Clone)]
pub struct AlsRecommender {
    model: AlsModel,
}

impl AlsRecommender {
    /// Serves a trained model.
    #[must_use]
    pub fn new(model: AlsModel) -> Self {
        Self { model }
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &AlsModel {
        &self.model
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
            let trained = profile.user.and_then(|user| self.model.users().get(user as usize));
            let to = queries.row_mut(row);
            match trained {
                Some(factors) => to.iter_mut().zip(factors).for_each(|(to, &from)| *to = from),
                None => self.model.fold_in_to(profile.history, to),
            }
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
