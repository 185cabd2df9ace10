//! The Gram matrix of a factor table.
#![expect(clippy::indexing_slicing, reason = "tiles stay within the square of the stride")]

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::Factors;

/// The table is cut into so many parts whatever the number of threads: the order of the sums must not depend on it.
const PARTS: usize = 16;
/// Rows whose products are summed in registers before they are added to the part's sum.
const ROWS: usize = 128;

/// `tableᵀ · table`, with padding: `stride × stride`, row-major.
pub(crate) fn gram(table: &Factors) -> Vec<f32> {
    let stride = table.stride();
    let part = table.rows().div_ceil(PARTS).max(ROWS) * stride;
    let parts: Vec<Vec<f32>> = table
        .as_slice()
        .par_chunks(part.max(1))
        .map(|rows| {
            let mut sum = vec![0.0; stride * stride];
            Arch::new().dispatch(Part { rows, stride, sum: &mut sum });
            sum
        })
        .collect();
    let mut total = vec![0.0; stride * stride];
    for part in parts {
        total.iter_mut().zip(part).for_each(|(total, part)| *total += part);
    }
    for row in 1..stride {
        for column in 0..row {
            total[row * stride + column] = total[column * stride + row];
        }
    }
    total
}

/// The upper triangle of the products of some rows; tiles on the diagonal reach below it.
struct Part<'a> {
    rows: &'a [f32],
    stride: usize,
    sum: &'a mut [f32],
}

impl WithSimd for Part<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { rows, stride, sum } = self;
        let registers = stride / S::F32_LANES;
        for rows in rows.chunks(ROWS * stride) {
            for (tile, out) in sum.chunks_exact_mut(4 * stride).enumerate() {
                let mut column = 4 * tile / S::F32_LANES;
                while column + 2 <= registers {
                    block::<S, 2>(simd, rows, stride, 4 * tile, column, out);
                    column += 2;
                }
                if column < registers {
                    block::<S, 1>(simd, rows, stride, 4 * tile, column, out);
                }
            }
        }
    }
}

/// Four rows of the Gram matrix from `first` on, `V` registers from `column` on.
#[inline(always)]
fn block<S: Simd, const V: usize>(simd: S, rows: &[f32], stride: usize, first: usize, column: usize, out: &mut [f32]) {
    let mut sums = [[simd.splat_f32s(0.0); V]; 4];
    let vectors = S::as_simd_f32s(rows).0.chunks_exact(stride / S::F32_LANES);
    for (row, vectors) in rows.chunks_exact(stride).zip(vectors) {
        let (four, panel) = (&row[first..first + 4], &vectors[column..column + V]);
        for (sum, &x) in sums.iter_mut().zip(four) {
            let x = simd.splat_f32s(x);
            for (sum, &y) in sum.iter_mut().zip(panel) {
                *sum = simd.mul_add_e_f32s(x, y, *sum);
            }
        }
    }
    for (out, sums) in out.chunks_exact_mut(stride).zip(&sums) {
        let out = &mut S::as_mut_simd_f32s(out).0[column..column + V];
        for (out, &sum) in out.iter_mut().zip(sums) {
            *out = simd.add_f32s(*out, sum);
        }
    }
}
