//! The inverse of a large symmetric positive definite matrix.
#![expect(clippy::indexing_slicing, reason = "blocks are cut below the order of the matrix")]

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::{Cholesky, multiply_add, padded};

/// Columns that are eliminated at once.
const BLOCK: usize = 64;
/// Rows that one task updates.
const ROWS: usize = 64;

/// Inverts a row-major matrix in place; `order` must be a multiple of a register (see [`padded`]). `false` if the matrix
/// is not positive definite, and then it is spoilt.
///
/// Gauss–Jordan by blocks: each step inverts a small diagonal block exactly and is one large matrix product otherwise.
/// A positive definite matrix needs no pivoting.
pub(crate) fn invert(matrix: &mut [f32], order: usize) -> bool {
    debug_assert!(matrix.len() == order * order && padded(order) == order);
    let mut first = 0;
    while first < order {
        let width = BLOCK.min(order - first);
        let Some(pivot) = inverse_of_block(matrix, order, first, width) else { return false };
        eliminate(matrix, order, first, width, &pivot);
        first += width;
    }
    true
}

fn inverse_of_block(matrix: &[f32], order: usize, first: usize, width: usize) -> Option<Vec<f32>> {
    let rows = matrix.chunks_exact(order).skip(first).take(width);
    let block = rows.flat_map(|row| row[first..first + width].iter().map(|&value| f64::from(value))).collect();
    let factor = Cholesky::new(width, block)?;
    let mut inverse = vec![0.0; width * width];
    for (unit, line) in inverse.chunks_exact_mut(width).enumerate() {
        let mut column = vec![0.0; width];
        column[unit] = 1.0;
        factor.solve(&mut column);
        line.iter_mut().zip(column).for_each(|(to, value)| *to = value as f32);
    }
    Some(inverse)
}

/// With `P` the inverse of the pivot block `K`: rows of `K` become `P · A[K, ·]`, every other row loses its share of them.
fn eliminate(matrix: &mut [f32], order: usize, first: usize, width: usize, pivot: &[f32]) {
    let block = first * order..(first + width) * order;
    let mut pivot_rows = vec![0.0; width * order];
    Arch::new().dispatch(Product {
        scale: 1.0,
        a: pivot,
        k: width,
        b: &matrix[block.clone()],
        n: order,
        out: &mut pivot_rows,
    });
    for (row, inverse) in pivot_rows.chunks_exact_mut(order).zip(pivot.chunks_exact(width)) {
        row[first..first + width].copy_from_slice(inverse);
    }
    matrix.par_chunks_mut(ROWS * order).for_each(|rows| {
        let mut share = Vec::with_capacity(ROWS * width);
        for row in rows.chunks_exact_mut(order) {
            share.extend_from_slice(&row[first..first + width]);
            row[first..first + width].fill(0.0);
        }
        Arch::new().dispatch(Product { scale: -1.0, a: &share, k: width, b: &pivot_rows, n: order, out: rows });
    });
    matrix[block].copy_from_slice(&pivot_rows);
}

/// `out += scale · a · b`.
struct Product<'a> {
    scale: f32,
    a: &'a [f32],
    k: usize,
    b: &'a [f32],
    n: usize,
    out: &'a mut [f32],
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        multiply_add(simd, self.scale, self.a, self.k, self.b, self.n, self.out);
    }
}
