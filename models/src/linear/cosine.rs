//! Lengths of rows and angles between them.

use pulp::{Arch, Simd, WithSimd};

use super::{Factors, dot, scores};

/// Euclidean length of every row.
pub(crate) fn norms(table: &Factors) -> Vec<f32> {
    struct Norms<'a>(&'a Factors);
    impl WithSimd for Norms<'_> {
        type Output = Vec<f32>;
        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> Vec<f32> {
            let mut norms = Vec::with_capacity(self.0.rows());
            for row in self.0.as_slice().chunks_exact(self.0.stride()) {
                norms.push(dot(simd, row, row).sqrt());
            }
            norms
        }
    }
    Arch::new().dispatch(Norms(table))
}

/// Cosine between one row and every row; zero where a row is zero or does not exist.
pub(crate) fn cosines(table: &Factors, row: usize) -> Vec<f32> {
    table.get(row).map_or_else(|| vec![0.0; table.rows()], |row| cosines_to(table, row))
}

/// Cosine between a row without padding and every row of a table; zero where one of them is zero.
pub(crate) fn cosines_to(table: &Factors, row: &[f32]) -> Vec<f32> {
    let mut query = Factors::zeros(1, table.dimension());
    query.row_mut(0).iter_mut().zip(row).for_each(|(to, &from)| *to = from);
    let mut cosines = vec![0.0; table.rows()];
    scores(table, query.row(0), &mut cosines);
    let own = norms(&query).first().copied().unwrap_or(0.0);
    for (cosine, norm) in cosines.iter_mut().zip(norms(table)) {
        *cosine = if own * norm > 0.0 { *cosine / (own * norm) } else { 0.0 };
    }
    cosines
}
