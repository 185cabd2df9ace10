//! Exact solution of small symmetric positive definite systems.
#![expect(clippy::indexing_slicing, reason = "loops run below the order the matrix was checked to have")]

use pulp::{Arch, Simd, WithSimd};

/// The factor `L` of `A = L · Lᵀ`, in `f64`: exact enough to be the oracle of everything in `f32`.
#[derive(Debug)]
pub(crate) struct Cholesky {
    order: usize,
    lower: Vec<f64>,
}

impl Cholesky {
    /// Factors a row-major matrix of which only the lower triangle is read; `None` if it is not positive definite.
    pub(crate) fn new(order: usize, mut matrix: Vec<f64>) -> Option<Self> {
        debug_assert_eq!(matrix.len(), order * order);
        Arch::new().dispatch(Factorization { order, matrix: &mut matrix }).then_some(Self { order, lower: matrix })
    }

    /// Solves `A · x = b` in place.
    pub(crate) fn solve(&self, x: &mut [f64]) {
        for row in 0..self.order {
            let line = &self.lower[row * self.order..][..self.order];
            x[row] = (x[row] - dot(&line[..row], &x[..row])) / line[row];
        }
        for row in (0..self.order).rev() {
            let line = &self.lower[row * self.order..][..self.order];
            x[row] /= line[row];
            let value = x[row];
            x[..row].iter_mut().zip(line).for_each(|(x, l)| *x -= l * value);
        }
    }
}

/// The work of a factorisation, compiled for each instruction set: plain loops are enough for the compiler here.
struct Factorization<'a> {
    order: usize,
    matrix: &'a mut [f64],
}

impl WithSimd for Factorization<'_> {
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) -> bool {
        let Self { order, matrix } = self;
        for row in 0..order {
            let (above, from) = matrix.split_at_mut(row * order);
            let current = &mut from[..order];
            for column in 0..row {
                let other = &above[column * order..(column + 1) * order];
                let sum = current[column] - dot(&current[..column], &other[..column]);
                current[column] = sum / other[column];
            }
            let rest = current[row] - dot(&current[..row], &current[..row]);
            if !(rest > 0.0 && rest.is_finite()) {
                return false;
            }
            current[row] = rest.sqrt();
        }
        true
    }
}

/// Inner product in eight running sums, which the compiler keeps in vector registers.
#[inline(always)]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (a_chunks, b_chunks) = (a.chunks_exact(8), b.chunks_exact(8));
    let tail: f64 = a_chunks.remainder().iter().zip(b_chunks.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a_chunks.zip(b_chunks) {
        for at in 0..8 {
            sums[at] += a[at] * b[at];
        }
    }
    sums.iter().sum::<f64>() + tail
}
