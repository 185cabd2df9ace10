//! EASE: every item predicted from all others by ridge regression, in closed form.
#![expect(clippy::indexing_slicing, reason = "items are below the order of the matrix")]

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Profile, Recommender, top::best};
use crate::{
    interactions::{Interactions, Row},
    linear::{add_scaled, invert, padded},
};

/// Parameters of EASE (Steck 2019, "Embarrassingly Shallow Autoencoders for Sparse Data").
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EaseParams {
    /// What is added to the diagonal; positive.
    pub lambda: f32,
    /// Largest catalogue: memory is twice its square in floats, time its cube.
    pub max_items: usize,
}

impl Default for EaseParams {
    /// λ 100, at most 8,000 items (half a gigabyte while it trains).
    fn default() -> Self {
        Self { lambda: 100.0, max_items: 8000 }
    }
}

/// Why there is no matrix.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EaseError {
    /// The catalogue is too large.
    #[error("{items} items are more than EASE may take ({most}): use ALS, or raise the limit and the memory")]
    TooManyItems {
        /// Items of the data.
        items: usize,
        /// What is allowed.
        most: usize,
    },
    /// λ is zero, negative, or so small that the matrix cannot be inverted in `f32`.
    #[error("lambda {lambda} does not make the matrix positive definite: take a larger one, such as 100")]
    Lambda {
        /// The value.
        lambda: f32,
    },
}

/// A dense matrix of weights from each item to each other.
#[derive(Debug, Clone)]
pub struct Ease {
    items: usize,
    stride: usize,
    weights: Vec<f32>,
}

impl Ease {
    /// Solves for the weights; confidences of the matrix count as one each.
    ///
    /// # Errors
    /// If the catalogue is larger than allowed or λ too small.
    pub fn new(matrix: &Interactions, params: &EaseParams) -> Result<Self, EaseError> {
        let items = matrix.items();
        if items > params.max_items {
            return Err(EaseError::TooManyItems { items, most: params.max_items });
        }
        let stride = padded(items);
        let mut weights = counts(matrix, stride);
        (0..stride).for_each(|at| weights[at * stride + at] += params.lambda);
        if !(params.lambda > 0.0 && params.lambda.is_finite() && invert(&mut weights, stride)) {
            return Err(EaseError::Lambda { lambda: params.lambda });
        }
        let diagonal: Vec<f32> = (0..stride).map(|at| weights[at * stride + at]).collect();
        weights.par_chunks_mut(stride.max(1)).enumerate().for_each(|(row, line)| {
            line.iter_mut().zip(&diagonal).for_each(|(weight, own)| *weight /= -own);
            line[row] = 0.0;
        });
        Ok(Self { items, stride, weights })
    }

    fn row(&self, item: u32) -> Option<&[f32]> {
        let item = item as usize;
        (item < self.items).then(|| &self.weights[item * self.stride..(item + 1) * self.stride])
    }
}

/// How many users have both items, for all pairs.
fn counts(matrix: &Interactions, stride: usize) -> Vec<f32> {
    let by_item = matrix.transposed();
    let mut counts = vec![0.0; stride * stride];
    counts.par_chunks_mut(stride.max(1)).enumerate().for_each(|(item, line)| {
        for &user in by_item.row(item).items {
            matrix.row(user as usize).items.iter().for_each(|&other| line[other as usize] += 1.0);
        }
    });
    counts
}

impl Recommender for Ease {
    fn name(&self) -> &'static str {
        "ease"
    }

    fn items(&self) -> usize {
        self.items
    }

    fn score(&self, profiles: &[Profile<'_>], out: &mut [f32]) {
        let mut sum = vec![0.0; self.stride];
        for (profile, out) in profiles.iter().zip(out.chunks_mut(self.items.max(1))) {
            Arch::new().dispatch(Sum { model: self, history: profile.history, sum: &mut sum });
            out.copy_from_slice(&sum[..self.items]);
        }
    }

    fn similar(&self, item: u32, out: &mut [f32]) {
        match self.row(item) {
            Some(row) => out.copy_from_slice(&row[..self.items]),
            None => out.fill(0.0),
        }
    }

    fn explain(&self, history: Row<'_>, item: u32) -> Vec<(u32, f32)> {
        let share =
            |(other, weight)| self.row(other).and_then(|row| row.get(item as usize)).map(|w| (other, weight * w));
        best(history.below(self.items).iter().filter_map(share), history.len())
    }
}

/// The rows of a history, added up.
struct Sum<'a> {
    model: &'a Ease,
    history: Row<'a>,
    sum: &'a mut [f32],
}

impl WithSimd for Sum<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.sum.fill(0.0);
        for (item, weight) in self.history.iter() {
            if let Some(row) = self.model.row(item) {
                add_scaled(simd, [weight], [row], self.sum);
            }
        }
    }
}
