//! What training minimises.

use super::{AlsModel, AlsValidParams};
use crate::{
    interactions::Interactions,
    linear::{Factors, gram},
};

impl AlsModel {
    /// The loss on the data the model was trained on, in `f64`: falls with every exact half sweep.
    #[must_use]
    pub fn loss(&self, matrix: &Interactions) -> f64 {
        let seen: f64 = matrix.rows().enumerate().map(|(user, row)| self.seen(user, row.iter())).sum();
        // Σ_all (w·h)² is the trace of the product of both Gram matrices.
        let (users, items) = (gram(&self.users), gram(&self.items));
        let all: f64 = users.iter().zip(&items).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum();
        let penalty =
            penalty(&self.params, matrix, &self.users) + penalty(&self.params, &matrix.transposed(), &self.items);
        seen + f64::from(self.params.alpha0) * all + penalty
    }

    fn seen(&self, user: usize, cells: impl Iterator<Item = (u32, f32)>) -> f64 {
        let row = self.users.row(user);
        cells
            .map(|(item, weight)| {
                let score: f64 =
                    row.iter().zip(self.items.row(item as usize)).map(|(&w, &h)| f64::from(w) * f64::from(h)).sum();
                f64::from(weight) * (score - 1.0).powi(2)
            })
            .sum()
    }
}

fn penalty(params: &AlsValidParams, matrix: &Interactions, table: &Factors) -> f64 {
    let rows = matrix.rows().enumerate().map(|(at, row)| {
        let squares: f64 = table.row(at).iter().map(|&value| f64::from(value).powi(2)).sum();
        f64::from(params.ridge(row.weights, matrix.items())) * squares
    });
    rows.sum()
}
