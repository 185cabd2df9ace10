//! Item factors in a quarter of the memory, laid out for one question: every item's score for one user.
#![expect(
    clippy::indexing_slicing,
    reason = "blocks have a fixed shape, and the table is cut by the stride of its rows"
)]

use pulp::{Arch, Simd, WithSimd};

use crate::linear::Factors;

/// Items whose factors lie together: first the first factor of each, then the second, so that sums run down vector lanes
/// and none has to be added up across one.
const ITEMS: usize = 256;
/// Factors that are added up in 16 bits: 8 · 63 · 64 does not reach 2¹⁵.
const FACTORS: usize = 8;
/// Largest steps of an item's factor and of a user's.
const ITEM_STEPS: f32 = 63.0;
const QUERY_STEPS: f32 = 64.0;

/// Some factors of the items of a block.
type Columns = [[i8; ITEMS]; FACTORS];

/// Item rows as bytes, each with the size of its step.
#[derive(Debug, Clone)]
pub(super) struct Quantized {
    /// Groups of factors in a row.
    groups: usize,
    /// Block after block, each of `groups`.
    columns: Vec<Columns>,
    steps: Vec<f32>,
}

impl Quantized {
    pub(super) fn new(table: &Factors) -> Self {
        let groups = table.stride().div_ceil(FACTORS);
        let mut columns = vec![[[0; ITEMS]; FACTORS]; table.rows().div_ceil(ITEMS) * groups];
        let mut steps = Vec::with_capacity(table.rows());
        for (item, row) in table.as_slice().chunks_exact(table.stride()).enumerate() {
            let step = largest(row) / ITEM_STEPS;
            let block = &mut columns[item / ITEMS * groups..][..groups];
            for (factor, value) in row.iter().enumerate().filter(|_| step > 0.0) {
                block[factor / FACTORS][factor % FACTORS][item % ITEMS] = (value / step).round() as i8;
            }
            steps.push(step);
        }
        Self { groups, columns, steps }
    }

    /// The true scores but for rounding; `query` is a padded row.
    pub(super) fn scores(&self, query: &[f32], out: &mut [f32]) {
        let step = largest(query) / QUERY_STEPS;
        let mut groups = vec![[0; FACTORS]; self.groups];
        for (factor, value) in query.iter().enumerate().filter(|_| step > 0.0) {
            groups[factor / FACTORS][factor % FACTORS] = (value / step).round() as i16;
        }
        Arch::new().dispatch(Scores { table: self, query: &groups, step, out });
    }
}

fn largest(row: &[f32]) -> f32 {
    row.iter().fold(0.0, |most, value| f32::max(most, value.abs()))
}

/// Integer products, in plain loops that the compiler turns into vector code for each instruction set.
struct Scores<'a> {
    table: &'a Quantized,
    query: &'a [[i16; FACTORS]],
    step: f32,
    out: &'a mut [f32],
}

impl WithSimd for Scores<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let blocks = self.table.columns.chunks_exact(self.table.groups.max(1));
        let steps = self.table.steps.chunks(ITEMS);
        for ((out, block), steps) in self.out.chunks_mut(ITEMS).zip(blocks).zip(steps) {
            let mut sums = [0i32; ITEMS];
            for (columns, factors) in block.iter().zip(self.query) {
                let parts = products(columns, factors);
                sums.iter_mut().zip(parts).for_each(|(sum, part)| *sum = sum.wrapping_add(i32::from(part)));
            }
            for ((out, sum), step) in out.iter_mut().zip(sums).zip(steps) {
                *out = step * self.step * sum as f32;
            }
        }
    }
}

/// Sums that cannot wrap, see the number of steps; a check would keep the loop from being vectorised.
#[inline(always)]
fn products(columns: &Columns, factors: &[i16; FACTORS]) -> [i16; ITEMS] {
    let mut parts = [0i16; ITEMS];
    for (item, part) in parts.iter_mut().enumerate() {
        for (column, &factor) in columns.iter().zip(factors) {
            *part = part.wrapping_add(i16::from(column[item]).wrapping_mul(factor));
        }
    }
    parts
}
