//! Matrix products in register tiles.
#![expect(clippy::indexing_slicing, reason = "tiles stay within shapes that are asserted at the door")]

use pulp::{Arch, Simd, WithSimd};

use super::{Factors, dot_rows};

/// `out += scale · a · b` with `a` of `k` columns and `b`, `out` of `n` columns, all row-major; `n` is padded.
///
/// A tile of the result, four rows by two registers, stays in registers while `k` runs; columns of `b` are walked
/// panel by panel, so that a panel stays in the first-level cache for all rows of `a`.
#[inline(always)]
pub(crate) fn multiply_add<S: Simd>(simd: S, scale: f32, a: &[f32], k: usize, b: &[f32], n: usize, out: &mut [f32]) {
    debug_assert!(b.len() == k * n && out.len() / n.max(1) == a.len() / k.max(1));
    let registers = n / S::F32_LANES;
    let mut column = 0;
    while column < registers {
        let wide = column + 2 <= registers;
        let mut a = a.chunks_exact(4 * k);
        let mut out = out.chunks_exact_mut(4 * n);
        for (a, out) in a.by_ref().zip(out.by_ref()) {
            if wide {
                tile::<S, 4, 2>(simd, scale, a, k, b, n, column, out);
            } else {
                tile::<S, 4, 1>(simd, scale, a, k, b, n, column, out);
            }
        }
        let rest = out.into_remainder().chunks_exact_mut(n);
        for (a, out) in a.remainder().chunks_exact(k).zip(rest) {
            if wide {
                tile::<S, 1, 2>(simd, scale, a, k, b, n, column, out);
            } else {
                tile::<S, 1, 1>(simd, scale, a, k, b, n, column, out);
            }
        }
        column += 2;
    }
}

#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "an inner kernel: shapes and operands of one product")]
fn tile<S: Simd, const R: usize, const V: usize>(
    simd: S,
    scale: f32,
    a: &[f32],
    k: usize,
    b: &[f32],
    n: usize,
    column: usize,
    out: &mut [f32],
) {
    let rows: [&[f32]; R] = std::array::from_fn(|row| &a[row * k..][..k]);
    let mut sums = [[simd.splat_f32s(0.0); V]; R];
    for (at, line) in S::as_simd_f32s(b).0.chunks_exact(n / S::F32_LANES).take(k).enumerate() {
        let panel = &line[column..column + V];
        for (sum, row) in sums.iter_mut().zip(rows) {
            let x = simd.splat_f32s(row[at]);
            for (sum, &y) in sum.iter_mut().zip(panel) {
                *sum = simd.mul_add_e_f32s(x, y, *sum);
            }
        }
    }
    let scale = simd.splat_f32s(scale);
    for (line, sums) in out.chunks_exact_mut(n).zip(sums) {
        let line = &mut S::as_mut_simd_f32s(line).0[column..column + V];
        for (to, sum) in line.iter_mut().zip(sums) {
            *to = simd.mul_add_e_f32s(scale, sum, *to);
        }
    }
}

/// Inner products of every query with every row of a table: `out[q · rows + r]`.
///
/// Queries are padded rows of the table's stride. The table is read once for four queries, which is what the time goes
/// into when it is larger than the caches.
pub(crate) fn scores(table: &Factors, queries: &[f32], out: &mut [f32]) {
    struct Scores<'a>(&'a Factors, &'a [f32], &'a mut [f32]);
    impl WithSimd for Scores<'_> {
        type Output = ();
        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            let Self(table, queries, out) = self;
            let (stride, rows) = (table.stride(), table.rows());
            for (queries, out) in queries.chunks(4 * stride).zip(out.chunks_mut(4 * rows)) {
                if let Ok(four) = <[&[f32]; 4]>::try_from(queries.chunks_exact(stride).collect::<Vec<_>>()) {
                    for (at, row) in table.as_slice().chunks_exact(stride).enumerate() {
                        let sums = dot_rows(simd, four, row);
                        sums.iter().enumerate().for_each(|(query, &sum)| out[query * rows + at] = sum);
                    }
                } else {
                    for (query, out) in queries.chunks_exact(stride).zip(out.chunks_exact_mut(rows)) {
                        score_one(simd, table, query, out);
                    }
                }
            }
        }
    }
    if table.rows() > 0 {
        Arch::new().dispatch(Scores(table, queries, out));
    }
}

#[inline(always)]
fn score_one<S: Simd>(simd: S, table: &Factors, query: &[f32], out: &mut [f32]) {
    let stride = table.stride();
    let mut rows = table.as_slice().chunks_exact(4 * stride);
    let mut sums = out.chunks_exact_mut(4);
    for (rows, sums) in rows.by_ref().zip(sums.by_ref()) {
        let four = std::array::from_fn::<_, 4, _>(|row| &rows[row * stride..][..stride]);
        sums.copy_from_slice(&dot_rows(simd, four, query));
    }
    for (row, sum) in rows.remainder().chunks_exact(stride).zip(sums.into_remainder()) {
        [*sum] = dot_rows(simd, [row], query);
    }
}
