//! The trained factors.

use rayon::prelude::*;

use super::{AlsError, AlsParams, AlsValidParams, half_sweep::scaled_gram, normal_equations::NormalEquations};
use crate::{
    interactions::{Interactions, Row},
    linear::{Factors, cosines_to, scores},
};

/// Factors of users and items, and what it takes to fold a new user in.
#[derive(Debug, Clone, PartialEq)]
pub struct AlsModel {
    pub(super) params: AlsValidParams,
    pub(super) users: Factors,
    pub(super) items: Factors,
    /// `α₀ · itemsᵀ · items`.
    pub(super) gram: Vec<f32>,
}

impl AlsModel {
    /// Parameters to be set and then fitted; see [`AlsParams`].
    #[must_use]
    pub fn params() -> AlsParams {
        AlsParams::default()
    }

    pub(super) fn new(params: AlsValidParams, users: Factors, items: Factors) -> Self {
        let gram = scaled_gram(&params, &items);
        Self { params, users, items, gram }
    }

    /// The parameters it was trained with.
    #[must_use]
    pub fn parameters(&self) -> &AlsValidParams {
        &self.params
    }

    /// One row for each user.
    #[must_use]
    pub fn users(&self) -> &Factors {
        &self.users
    }

    /// One row for each item; an item nobody has touched has zeros.
    #[must_use]
    pub fn items(&self) -> &Factors {
        &self.items
    }

    /// The factors that the history of a user, known or not, asks for: exact, one row against the fixed items.
    ///
    /// Items the model does not know are passed over. An empty history gives zeros.
    #[must_use]
    pub fn fold_in(&self, history: Row<'_>) -> Vec<f32> {
        let mut row = vec![0.0; self.params.factors];
        self.fold_in_to(history, &mut row);
        row
    }

    /// [`fold_in`](Self::fold_in) into a row of zeros, padded or not.
    pub(crate) fn fold_in_to(&self, history: Row<'_>, row: &mut [f32]) {
        let known = history.below(self.items.rows());
        NormalEquations::new(&self.params, known, &self.items, &self.gram).solve_into(row);
    }

    /// [`fold_in`](Self::fold_in) of every row, on all threads.
    #[must_use]
    pub fn fold_in_all(&self, histories: &Interactions) -> Factors {
        let mut folded = Factors::zeros(histories.users(), self.params.factors);
        let stride = folded.stride();
        let rows = folded.as_mut_slice().par_chunks_mut(stride).enumerate();
        rows.for_each(|(user, row)| self.fold_in_to(histories.row(user), row));
        folded
    }

    /// Puts a user's folded-in factors in the place of the trained ones, as every purchase does while the shop sells;
    /// new users lengthen the table.
    pub fn refresh_user(&mut self, user: usize, history: Row<'_>) {
        self.users.grow(user + 1);
        let mut row = vec![0.0; self.users.stride()];
        self.fold_in_to(history, &mut row);
        self.users.row_mut(user).copy_from_slice(&row);
    }

    /// The same items with some of the users only, in the order named; unknown ones get zeros.
    #[must_use]
    pub fn select_users(&self, users: &[u32]) -> Self {
        let mut table = Factors::zeros(users.len(), self.params.factors);
        for (row, user) in users.iter().enumerate() {
            let known = self.users.get(*user as usize).unwrap_or_default();
            table.row_mut(row).iter_mut().zip(known).for_each(|(to, &from)| *to = from);
        }
        Self { users: table, ..self.clone() }
    }

    /// Cosine between two items; zero where one of them is unknown.
    #[must_use]
    pub fn items_alike(&self, a: u32, b: u32) -> f32 {
        let row = |item: u32| self.items.get(item as usize).unwrap_or_default();
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        let lengths = (dot(row(a), row(a)) * dot(row(b), row(b))).sqrt();
        if lengths > 0.0 { dot(row(a), row(b)) / lengths } else { 0.0 }
    }

    /// Cosine between a row of factors and those of every user.
    #[must_use]
    pub fn users_like(&self, factors: &[f32]) -> Vec<f32> {
        cosines_to(&self.users, factors)
    }

    /// `itemsᵀ · items / number of items`, and the length of its rows.
    pub(crate) fn item_spread(&self) -> (Vec<f32>, usize) {
        let scale = self.params.alpha0 * self.items.rows().max(1) as f32;
        (self.gram.iter().map(|value| value / scale).collect(), self.items.stride())
    }

    /// The score of every item for a history, by fold-in.
    #[must_use]
    pub fn scores(&self, history: Row<'_>) -> Vec<f32> {
        let mut query = vec![0.0; self.items.stride()];
        self.fold_in_to(history, &mut query);
        let mut out = vec![0.0; self.items.rows()];
        scores(&self.items, &query, &mut out);
        out
    }

    /// Scores of every item for several factor rows: `out[row · items + item]`.
    pub fn scores_of(&self, rows: &Factors, out: &mut [f32]) {
        debug_assert_eq!(rows.dimension(), self.params.factors);
        scores(&self.items, rows.as_slice(), out);
    }

    /// Checks that `params` can go on from this model.
    pub(super) fn fits(&self, params: &AlsValidParams, matrix: &Interactions) -> Result<(), AlsError> {
        if self.params.factors != params.factors {
            return Err(AlsError::Dimension { expected: params.factors, found: self.params.factors });
        }
        for (what, known, found) in
            [("user", self.users.rows(), matrix.users()), ("item", self.items.rows(), matrix.items())]
        {
            if known > found {
                return Err(AlsError::Shrunk { what, known, found });
            }
        }
        Ok(())
    }
}
