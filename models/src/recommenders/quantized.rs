//! Item factors in a quarter of the memory: what a list costs is reading the whole table.
#![expect(clippy::indexing_slicing, reason = "rows are cut by the stride they were laid out with")]

use pulp::{Arch, Simd, WithSimd};

use crate::linear::Factors;

/// Largest step of an item's factor.
const ITEM_STEPS: f32 = 127.0;
/// Largest step of a query's factor: products of 4,096 factors stay within an `i32`.
const QUERY_STEPS: f32 = 2047.0;

/// Item rows as bytes, each with the size of its step.
#[derive(Debug, Clone)]
pub(super) struct Quantized {
    stride: usize,
    steps: Vec<i8>,
    scales: Vec<f32>,
}

impl Quantized {
    pub(super) fn new(table: &Factors) -> Self {
        let stride = table.stride();
        let (mut steps, mut scales) = (Vec::with_capacity(table.as_slice().len()), Vec::with_capacity(table.rows()));
        for row in table.as_slice().chunks_exact(stride) {
            let scale = largest(row) / ITEM_STEPS;
            steps.extend(row.iter().map(|value| if scale > 0.0 { (value / scale).round() as i8 } else { 0 }));
            scales.push(scale);
        }
        Self { stride, steps, scales }
    }

    /// The true scores but for rounding; `query` is a padded row.
    pub(super) fn scores(&self, query: &[f32], out: &mut [f32]) {
        let scale = largest(query) / QUERY_STEPS;
        let query: Vec<i16> =
            query.iter().map(|value| if scale > 0.0 { (value / scale).round() as i16 } else { 0 }).collect();
        Arch::new().dispatch(Scores { table: self, query: &query[..self.stride], scale, out });
    }
}

fn largest(row: &[f32]) -> f32 {
    row.iter().fold(0.0, |most, value| f32::max(most, value.abs()))
}

/// Integer products, in plain loops that the compiler turns into vector code for each instruction set.
struct Scores<'a> {
    table: &'a Quantized,
    query: &'a [i16],
    scale: f32,
    out: &'a mut [f32],
}

impl WithSimd for Scores<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let rows = self.table.steps.chunks_exact(self.table.stride);
        for ((out, row), scale) in self.out.iter_mut().zip(rows).zip(&self.table.scales) {
            let mut sum = 0i32;
            for (&step, &factor) in row.iter().zip(self.query) {
                // Cannot wrap, see the number of steps; a check would keep the loop from being vectorised.
                sum = sum.wrapping_add(i32::from(step).wrapping_mul(i32::from(factor)));
            }
            *out = scale * self.scale * sum as f32;
        }
    }
}
