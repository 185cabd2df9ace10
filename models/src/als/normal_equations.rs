//! One row's normal equations, solved exactly.
#![expect(clippy::indexing_slicing, reason = "loops run below the number of factors of both operands")]

use pulp::{Arch, Simd, WithSimd};

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
        Arch::new().dispatch(Products { cells, fixed, matrix: &mut matrix, right: &mut right });
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

/// Adds `c·h·hᵀ` (its lower triangle) and `c·h` for each cell; plain loops, compiled for each instruction set.
struct Products<'a> {
    cells: Row<'a>,
    fixed: &'a Factors,
    matrix: &'a mut [f64],
    right: &'a mut [f64],
}

impl WithSimd for Products<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let order = self.right.len();
        let mut row = vec![0.0; order];
        for (item, weight) in self.cells.iter() {
            for (to, &value) in row.iter_mut().zip(self.fixed.row(item as usize)) {
                *to = f64::from(value);
            }
            for (at, line) in self.matrix.chunks_exact_mut(order).enumerate() {
                let scaled = f64::from(weight) * row[at];
                self.right[at] += scaled;
                for (to, value) in line[..=at].iter_mut().zip(&row) {
                    *to += scaled * value;
                }
            }
        }
    }
}
