//! One side solved while the other is fixed.

use pulp::Arch;
use rayon::prelude::*;

use super::{
    AlsValidParams, Solver,
    conjugate_gradient::{BLOCK, Block, Scratch},
    normal_equations::NormalEquations,
};
use crate::{
    interactions::Interactions,
    linear::{Factors, gram},
};

/// `α₀ · tableᵀ · table`: what every cell nobody touched adds to a row's equations.
pub(super) fn scaled_gram(params: &AlsValidParams, table: &Factors) -> Vec<f32> {
    let mut gram = gram(table);
    gram.iter_mut().for_each(|value| *value *= params.alpha0);
    gram
}

/// Solves every row of `solved` against `fixed`. Rows are independent: the result is the same on any number of threads.
pub(super) fn half_sweep(params: &AlsValidParams, matrix: &Interactions, fixed: &Factors, solved: &mut Factors) {
    let gram = scaled_gram(params, fixed);
    let stride = solved.stride();
    let rows = solved.as_mut_slice();
    match params.solver {
        Solver::ConjugateGradient { steps } => {
            rows.par_chunks_mut(BLOCK * stride).enumerate().for_each_init(Scratch::default, |scratch, (at, solved)| {
                let first = at * BLOCK;
                Arch::new().dispatch(Block { params, steps, matrix, first, fixed, gram: &gram, scratch, solved });
            });
        }
        Solver::Cholesky => rows.par_chunks_mut(stride).enumerate().for_each(|(row, solved)| {
            NormalEquations::new(params, matrix.row(row), fixed, &gram).solve_into(solved);
        }),
    }
}
