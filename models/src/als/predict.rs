//! The model as linfa knows models: histories in, scores or factors out.

use linfa::traits::{PredictInplace, Transformer};
use ndarray::Array2;

use super::AlsModel;
use crate::interactions::Interactions;

/// Scores of every item (columns) for every history (rows), by fold-in.
impl PredictInplace<Interactions, Array2<f32>> for AlsModel {
    fn predict_inplace<'a>(&'a self, histories: &'a Interactions, scores: &mut Array2<f32>) {
        let mut out = vec![0.0; histories.users() * self.items.rows()];
        self.scores_of(&self.fold_in_all(histories), &mut out);
        scores.iter_mut().zip(out).for_each(|(to, score)| *to = score);
    }

    fn default_target(&self, histories: &Interactions) -> Array2<f32> {
        Array2::zeros((histories.users(), self.items.rows()))
    }
}

/// Histories become factor rows: a history of a thousand items in a hundred numbers, for clustering and the like.
impl Transformer<&Interactions, Array2<f32>> for AlsModel {
    fn transform(&self, histories: &Interactions) -> Array2<f32> {
        let folded = self.fold_in_all(histories);
        let mut out = Array2::zeros((folded.rows(), folded.dimension()));
        out.iter_mut().zip(folded.dense()).for_each(|(to, value)| *to = value);
        out
    }
}
