//! Conjugate gradients for a block of rows at once.
#![expect(clippy::indexing_slicing, reason = "rows are cut from blocks of one stride; items lie inside the matrix")]

use pulp::{Simd, WithSimd};

use super::AlsValidParams;
use crate::{
    interactions::{Interactions, Row},
    linear::{Factors, add_scaled, dot, dot_rows, multiply_add},
};

/// Rows that share one pass over the Gram matrix: with a row alone, loading the matrix is what the time goes into.
pub(super) const BLOCK: usize = 16;

/// Working memory of a block, kept from one to the next.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    residual: Vec<f32>,
    direction: Vec<f32>,
    image: Vec<f32>,
}

/// Up to [`BLOCK`] rows of one side, to be improved from where they stand.
#[derive(Debug)]
pub(super) struct Block<'a> {
    pub(super) params: &'a AlsValidParams,
    pub(super) steps: usize,
    pub(super) matrix: &'a Interactions,
    /// The first row of the block.
    pub(super) first: usize,
    pub(super) fixed: &'a Factors,
    /// `α₀ · fixedᵀ · fixed`.
    pub(super) gram: &'a [f32],
    pub(super) scratch: &'a mut Scratch,
    pub(super) solved: &'a mut [f32],
}

/// What one row carries through the steps.
#[derive(Clone, Copy, Default)]
struct State<'a> {
    cells: Row<'a>,
    ridge: f32,
    /// Squared length of the residual.
    rest: f32,
}

impl WithSimd for Block<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { params, steps, matrix, first, fixed, gram, scratch, solved } = self;
        let stride = fixed.stride();
        let Scratch { residual, direction, image } = scratch;
        let mut states = [State::default(); BLOCK];
        for ((state, x), row) in states.iter_mut().zip(solved.chunks_exact_mut(stride)).zip(first..) {
            state.cells = matrix.row(row);
            state.ridge = params.ridge(state.cells.weights, fixed.rows());
            if state.cells.is_empty() {
                x.fill(0.0);
            }
        }
        clear(residual, solved.len());
        multiply_add(simd, -1.0, solved, stride, gram, stride, residual);
        for ((state, x), r) in states.iter_mut().zip(solved.chunks_exact(stride)).zip(residual.chunks_exact_mut(stride))
        {
            add_scaled(simd, [-state.ridge], [x], r);
            add_cells(simd, state.cells, fixed, x, r, |weight, product| weight * (1.0 - product));
            state.rest = dot(simd, r, r);
        }
        direction.clear();
        direction.extend_from_slice(residual);
        for _ in 0..steps {
            clear(image, solved.len());
            multiply_add(simd, 1.0, direction, stride, gram, stride, image);
            let rows = solved.chunks_exact_mut(stride).zip(residual.chunks_exact_mut(stride));
            let rows = rows.zip(direction.chunks_exact_mut(stride)).zip(image.chunks_exact_mut(stride));
            for (state, (((x, r), p), image)) in states.iter_mut().zip(rows) {
                state.step(simd, fixed, x, r, p, image);
            }
        }
    }
}

impl State<'_> {
    /// One step of one row; `image` comes in as the direction times the Gram matrix.
    #[inline(always)]
    fn step<S: Simd>(
        &mut self,
        simd: S,
        fixed: &Factors,
        x: &mut [f32],
        r: &mut [f32],
        p: &mut [f32],
        image: &mut [f32],
    ) {
        add_scaled(simd, [self.ridge], [p], image);
        add_cells(simd, self.cells, fixed, p, image, |weight, product| weight * product);
        let curvature = dot(simd, p, image);
        // A row that is solved to the last bit has no direction left.
        if !(self.rest > f32::MIN_POSITIVE && curvature > f32::MIN_POSITIVE) {
            return;
        }
        let length = self.rest / curvature;
        add_scaled(simd, [length], [p], x);
        add_scaled(simd, [-length], [image], r);
        let rest = dot(simd, r, r);
        turn(simd, rest / self.rest, r, p);
        self.rest = rest;
    }
}

/// `to += Σ factor(weight, h · with) · h` over the rows `h` of a user's cells, four at a time.
#[inline(always)]
fn add_cells<S: Simd>(
    simd: S,
    cells: Row<'_>,
    fixed: &Factors,
    with: &[f32],
    to: &mut [f32],
    factor: impl Fn(f32, f32) -> f32,
) {
    let (items, weights) = (cells.items.chunks_exact(4), cells.weights.chunks_exact(4));
    let rest = items.remainder().iter().zip(weights.remainder());
    for (items, weights) in items.zip(weights) {
        let rows: [&[f32]; 4] = std::array::from_fn(|at| fixed.row(items[at] as usize));
        let products = dot_rows(simd, rows, with);
        add_scaled(simd, std::array::from_fn(|at| factor(weights[at], products[at])), rows, to);
    }
    for (&item, &weight) in rest {
        let row = fixed.row(item as usize);
        add_scaled(simd, [factor(weight, dot(simd, row, with))], [row], to);
    }
}

/// The next direction: `p = r + kept · p`.
#[inline(always)]
fn turn<S: Simd>(simd: S, kept: f32, r: &[f32], p: &mut [f32]) {
    let kept = simd.splat_f32s(kept);
    for (p, &r) in S::as_mut_simd_f32s(p).0.iter_mut().zip(S::as_simd_f32s(r).0) {
        *p = simd.mul_add_e_f32s(kept, *p, r);
    }
}

fn clear(values: &mut Vec<f32>, length: usize) {
    values.clear();
    values.resize(length, 0.0);
}
