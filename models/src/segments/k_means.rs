//! K-means over customers: linfa's, as many clusters as there are names or different customers.

use std::collections::HashSet;

use linfa::DatasetBase;
use linfa::traits::Fit as _;
use linfa_clustering::KMeans;
use ndarray::{Array2, ArrayView1};
use rand_xoshiro::Xoshiro256Plus;
use rand_xoshiro::rand_core::SeedableRng as _;

use super::{NAMES, SegmentError, SegmentParams};

/// A place in the space of recency, orders and spending.
type Point = [f64; 3];

/// The centroids of clusters of `points`, at most [`NAMES`] of them, begun as k-means++ does. The same points and seed give the same.
pub(super) fn centroids(points: &[Point], params: &SegmentParams) -> Result<Vec<Point>, SegmentError> {
    if points.iter().flatten().any(|number| !number.is_finite()) {
        return Err(SegmentError::NotFinite);
    }
    let clusters = different(points);
    if clusters == 0 {
        return Err(SegmentError::NoCustomers);
    }
    let places = DatasetBase::from(Array2::from(points.to_vec()));
    let k_means = KMeans::params_with_rng(clusters, Xoshiro256Plus::seed_from_u64(params.seed))
        .n_runs(params.runs)
        .max_n_iterations(params.iterations as u64);
    let found = k_means.fit(&places)?;
    let point = |row: ArrayView1<'_, f64>| std::array::from_fn(|axis| row.get(axis).copied().unwrap_or(f64::NAN));
    let centroids: Vec<Point> = found.centroids().rows().into_iter().map(point).collect();
    let finite = centroids.iter().flatten().all(|number| number.is_finite());
    if finite { Ok(centroids) } else { Err(SegmentError::NotFinite) }
}

/// How many different points there are, up to the number of names: more clusters than points would leave some without customers.
fn different(points: &[Point]) -> usize {
    let mut seen = HashSet::new();
    for point in points {
        seen.insert(point.map(f64::to_bits));
        if seen.len() == NAMES.len() {
            break;
        }
    }
    seen.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_apart_groups_are_found() {
        let corner = |number: u32| [0, 1, 2].map(|axis| if number >> axis & 1 == 1 { 10.0 } else { 0.0 });
        let around = |number: u32| {
            let at = corner(number);
            (-2..=2_i32).map(move |step| [at[0] + f64::from(step) / 10.0, at[1], at[2] - f64::from(step) / 10.0])
        };
        let points: Vec<Point> = (0..6).flat_map(around).collect();
        let params = SegmentParams::default();
        let found = centroids(&points, &params).unwrap();
        for wanted in (0..6).map(corner) {
            let near = |centroid: &Point| centroid.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 0.01);
            assert_eq!(found.iter().filter(|centroid| near(centroid)).count(), 1, "{wanted:?} in {found:?}");
        }
        assert_eq!(centroids(&points, &params).unwrap(), found);
    }

    #[test]
    fn fewer_points_than_clusters_are_their_own_centroids() {
        let params = SegmentParams::default();
        assert_eq!(centroids(&[[1.0; 3]; 9], &params).unwrap(), [[1.0; 3]]);
        let mut two = centroids(&[[0.0; 3], [1.0; 3], [1.0; 3]], &params).unwrap();
        two.sort_by(|a, b| a.partial_cmp(b).unwrap());
        assert_eq!(two, [[0.0; 3], [1.0; 3]]);
        assert!(matches!(centroids(&[], &params), Err(SegmentError::NoCustomers)));
        assert!(matches!(centroids(&[[f64::NAN; 3]], &params), Err(SegmentError::NotFinite)));
    }
}
