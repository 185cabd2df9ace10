//! Fast kernels against the definition, in `f64`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use super::{Cholesky, Factors, gram, invert, scores};

fn table(rows: usize, dimension: usize) -> Factors {
    let values: Vec<f32> = (0..rows * dimension).map(|at| ((at * 7919 + 13) % 1009) as f32 / 1009.0 - 0.5).collect();
    Factors::from_dense(dimension, &values).unwrap()
}

fn exact_dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
}

#[test]
fn gram_matrix_is_the_sum_of_products() {
    for (rows, dimension) in [(1, 1), (5, 3), (700, 17), (3000, 48), (130, 70)] {
        let table = table(rows, dimension);
        let (fast, stride) = (gram(&table), table.stride());
        let columns: Vec<Vec<f32>> =
            (0..stride).map(|column| (0..rows).map(|row| table.row(row)[column]).collect()).collect();
        for a in 0..stride {
            for b in 0..stride {
                let error = (f64::from(fast[a * stride + b]) - exact_dot(&columns[a], &columns[b])).abs();
                assert!(error < 1e-3, "{rows}x{dimension} at {a},{b}: off by {error}");
            }
        }
    }
}

#[test]
fn scores_are_inner_products_for_any_number_of_queries() {
    let items = table(11, 20);
    for count in [1, 3, 4, 5, 9] {
        let queries = table(count, 20);
        let mut out = vec![0.0; count * 11];
        scores(&items, queries.as_slice(), &mut out);
        for (at, &score) in out.iter().enumerate() {
            let exact = exact_dot(queries.row(at / 11), items.row(at % 11));
            assert!((f64::from(score) - exact).abs() < 1e-5);
        }
    }
}

#[test]
fn blockwise_inverse_times_the_matrix_is_one() {
    for order in [16, 80, 208] {
        let table = table(order + 40, order);
        let mut matrix = gram(&table);
        (0..order).for_each(|at| matrix[at * order + at] += 5.0);
        let mut inverse = matrix.clone();
        assert!(invert(&mut inverse, order));
        for row in 0..order {
            for column in 0..order {
                // The inverse is symmetric: its row stands for its column.
                let product = exact_dot(&matrix[row * order..][..order], &inverse[column * order..][..order]);
                assert!((product - f64::from(u8::from(row == column))).abs() < 1e-3, "{order}: {row},{column}");
            }
        }
    }
}

#[test]
fn a_matrix_that_is_not_positive_definite_is_told() {
    assert!(Cholesky::new(2, vec![1.0, 2.0, 2.0, 1.0]).is_none());
    assert!(Cholesky::new(1, vec![f64::NAN]).is_none());
    let mut zeros = vec![0.0; 256];
    assert!(!invert(&mut zeros, 16));
}
