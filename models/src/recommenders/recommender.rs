//! What every model can do.

use std::fmt::Debug;

use crate::interactions::Row;

/// Whom a list is for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Profile<'a> {
    /// The user's row in the training data, if the model was trained with this very history; `None` folds it in.
    pub user: Option<u32>,
    /// Items the user dealt with, ascending, and what each counts.
    pub history: Row<'a>,
}

/// A model that gives every item of the catalogue a score. Scores are finite; only their order within a list means
/// something. Items of a history that the model does not know are passed over, items nobody dealt with score zero.
pub trait Recommender: Debug + Send + Sync {
    /// What it is called in reports and answers.
    fn name(&self) -> &'static str;

    /// Number of items it scores.
    fn items(&self) -> usize;

    /// Scores of all items for each profile: `out[profile · items + item]`, written over.
    fn score(&self, profiles: &[Profile<'_>], out: &mut [f32]);

    /// How similar every item is to one: `out[item]`, written over. Zeros from models that know no similarity.
    fn similar(&self, item: u32, out: &mut [f32]);

    /// Items of the history that speak for an item, the strongest first, with their shares of the score. Empty from
    /// models that cannot tell.
    fn explain(&self, _history: Row<'_>, _item: u32) -> Vec<(u32, f32)> {
        Vec::new()
    }
}
