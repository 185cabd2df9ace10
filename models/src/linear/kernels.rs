//! Inner products and sums of padded rows. All are inlined into a caller that runs under one instruction set.
//!
//! Vector arithmetic stands in plain loops, never in closures: a closure handed to an iterator is compiled for the
//! baseline instruction set, and each operation in it becomes a call.
#![expect(clippy::indexing_slicing, reason = "tiles are cut from rows whose lengths the callers share")]

use pulp::Simd;

/// Inner product of two padded rows.
#[inline(always)]
pub(crate) fn dot<S: Simd>(simd: S, a: &[f32], b: &[f32]) -> f32 {
    let [sum] = dot_rows(simd, [a], b);
    sum
}

/// Inner products of several padded rows with one: the one is loaded once.
#[inline(always)]
pub(crate) fn dot_rows<S: Simd, const N: usize>(simd: S, rows: [&[f32]; N], with: &[f32]) -> [f32; N] {
    let with = S::as_simd_f32s(with).0;
    let rows = rows.map(|row| &S::as_simd_f32s(row).0[..with.len()]);
    let mut sums = [simd.splat_f32s(0.0); N];
    for (at, &x) in with.iter().enumerate() {
        for (sum, row) in sums.iter_mut().zip(rows) {
            *sum = simd.mul_add_e_f32s(row[at], x, *sum);
        }
    }
    let mut reduced = [0.0; N];
    for (to, sum) in reduced.iter_mut().zip(sums) {
        *to = simd.reduce_sum_f32s(sum);
    }
    reduced
}

/// `to += Σ factor · row`: `to` is loaded and stored once.
#[inline(always)]
pub(crate) fn add_scaled<S: Simd, const N: usize>(simd: S, factors: [f32; N], rows: [&[f32]; N], to: &mut [f32]) {
    let to = S::as_mut_simd_f32s(to).0;
    let rows = rows.map(|row| &S::as_simd_f32s(row).0[..to.len()]);
    let mut splats = [simd.splat_f32s(0.0); N];
    for (splat, factor) in splats.iter_mut().zip(factors) {
        *splat = simd.splat_f32s(factor);
    }
    for (at, to) in to.iter_mut().enumerate() {
        let mut sum = *to;
        for (&factor, row) in splats.iter().zip(rows) {
            sum = simd.mul_add_e_f32s(factor, row[at], sum);
        }
        *to = sum;
    }
}
