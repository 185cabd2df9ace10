//! One row's normal equations, solved exactly.
#![expect(clippy::indexing_slicing, reason = "loops run below the number of factors of both operands")]

use super::AlsValidParams;
use crate::{
    interactions::Row,
    linear::{Cholesky, Factors},
};

/// `A = Σ c·h·hᵀ + α₀·G + λ·#^ν·I`, factored, and `b = Σ c·h`: the row is `A⁻¹ · b`.
#[derive(Debug)]
pub(super) struct NormalEquations {
    factor: Option<Cholesky>,
    right: Vec<f64>,
}

impl NormalEquations {
    /// Sets up the equations of one row against the fixed side; `gram` is `α₀ · fixedᵀ · fixed`.
    pub(super) fn new(params: &AlsValidParams, cells: Row<'_>, fixed: &Factors, gram: &[f32]) -> Self {
        let order = fixed.dimension();
        let mut matrix = Vec::with_capacity(order * order);
        for line in gram.chunks_exact(fixed.stride()).take(order) {
            matrix.extend(line[..order].iter().map(|&value| f64::from(value)));
        }
        let mut right = vec![0.0; order];
        for (item, weight) in cells.iter() {
            let weight = f64::from(weight);
            let row: Vec<f64> = fixed.row(item as usize)[..order].iter().map(|&value| f64::from(value)).collect();
            for (at, line) in matrix.chunks_exact_mut(order).enumerate() {
                let scaled = weight * row[at];
                right[at] += scaled;
                line[..=at].iter_mut().zip(&row).for_each(|(to, value)| *to += scaled * value);
            }
        }
        let ridge = f64::from(params.ridge(cells.weights, fixed.rows()));
        (0..order).for_each(|at| matrix[at * order + at] += ridge);
        Self { factor: Cholesky::new(order, matrix), right }
    }

    /// The row that solves the equations, written over the start of `row`; zeros if they have no finite solution, which
    /// takes fixed factors that are not finite.
    pub(super) fn solve_into(mut self, row: &mut [f32]) {
        row.fill(0.0);
        let Some(factor) = &self.factor else { return };
        factor.solve(&mut self.right);
        row.iter_mut().zip(&self.right).for_each(|(to, &value)| *to = value as f32);
    }

    /// `A⁻¹ · vector`, or zeros as above.
    pub(super) fn apply_inverse(&self, vector: &[f32]) -> Vec<f64> {
        let mut solution: Vec<f64> = vector.iter().map(|&value| f64::from(value)).collect();
        match &self.factor {
            Some(factor) => factor.solve(&mut solution),
            None => solution.fill(0.0),
        }
        solution
    }
}
