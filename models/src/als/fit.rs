//! Training: from the start, and on from a model.

use linfa::{
    DatasetBase,
    traits::{Fit, FitWith},
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{AlsError, AlsModel, AlsValidParams, half_sweep::half_sweep};
use crate::{interactions::Interactions, linear::Factors};

/// One sweep done: users, then items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sweep {
    /// Its number, from 1.
    pub done: usize,
    /// How many there will be.
    pub of: usize,
}

impl AlsValidParams {
    /// Trains from the start and tells after each sweep; ends early, with the model as it stands, once `progress`
    /// returns `false`.
    #[must_use]
    pub fn train(&self, matrix: &Interactions, mut progress: impl FnMut(Sweep) -> bool) -> AlsModel {
        let items = self.initial(matrix.items(), 0);
        let users = self.initial(matrix.users(), 1);
        self.sweep(matrix, users, items, self.sweeps, &mut progress)
    }

    /// Goes on from a model for some sweeps over data that may have new users and items at the end.
    ///
    /// # Errors
    /// If the model has another number of factors, or knows users or items the data has not.
    pub fn train_on(&self, model: AlsModel, matrix: &Interactions, sweeps: usize) -> Result<AlsModel, AlsError> {
        model.fits(self, matrix)?;
        let AlsModel { mut users, mut items, .. } = model;
        // New rows start at zero: a new item says nothing about users before its own first solution.
        users.grow(matrix.users());
        items.grow(matrix.items());
        Ok(self.sweep(matrix, users, items, sweeps, &mut |_| true))
    }

    /// Sweeps, and a last solution of the users, so that both sides of the model fit each other.
    fn sweep(
        &self,
        matrix: &Interactions,
        mut users: Factors,
        mut items: Factors,
        sweeps: usize,
        progress: &mut dyn FnMut(Sweep) -> bool,
    ) -> AlsModel {
        let by_item = matrix.transposed();
        for done in 1..=sweeps {
            half_sweep(self, matrix, &items, &mut users);
            half_sweep(self, &by_item, &users, &mut items);
            if !progress(Sweep { done, of: sweeps }) {
                break;
            }
        }
        half_sweep(self, matrix, &items, &mut users);
        AlsModel::new(self.clone(), users, items)
    }

    /// Normally distributed around zero with deviation `0.1 / √factors`; every row draws from a stream of its own, so
    /// that a row's start does not depend on how many there are.
    fn initial(&self, rows: usize, side: u64) -> Factors {
        let mut table = Factors::zeros(rows, self.factors);
        let deviation = 0.1 / (self.factors as f32).sqrt();
        for row in 0..rows {
            let mut random = ChaCha8Rng::seed_from_u64(self.seed);
            random.set_stream(2 * row as u64 + side);
            let values = table.row_mut(row).iter_mut().take(self.factors);
            values.for_each(|value| *value = deviation * normal(&mut random));
        }
        table
    }
}

/// A standard normal number (Box and Muller).
fn normal(random: &mut ChaCha8Rng) -> f32 {
    let (radius, angle): (f32, f32) = (random.random(), random.random());
    // 1 - radius is never zero.
    (-2.0 * (1.0 - radius).ln()).sqrt() * (std::f32::consts::TAU * angle).cos()
}

/// Trains from the start.
impl<T> Fit<Interactions, T, AlsError> for AlsValidParams {
    type Object = AlsModel;

    fn fit(&self, dataset: &DatasetBase<Interactions, T>) -> Result<AlsModel, AlsError> {
        Ok(self.train(&dataset.records, |_| true))
    }
}

/// Makes one warm sweep from a model, or trains from the start if there is none.
impl<'a, T: 'a> FitWith<'a, Interactions, T, AlsError> for AlsValidParams {
    type ObjectIn = Option<AlsModel>;
    type ObjectOut = AlsModel;

    fn fit_with(
        &self,
        model: Option<AlsModel>,
        dataset: &'a DatasetBase<Interactions, T>,
    ) -> Result<AlsModel, AlsError> {
        match model {
            Some(model) => self.train_on(model, &dataset.records, 1),
            None => self.fit(dataset),
        }
    }
}
