//! Finding segments.

use super::k_means::centroids;
use super::names::{names, rank};
use super::scale::Scale;
use super::{Buyer, Segment, SegmentError, Segments};

/// How segments are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentParams {
    /// What the first centroids are drawn by: the same customers and seed make the same segments.
    pub seed: u64,
    /// Times k-means begins anew; the best of them counts.
    pub runs: usize,
    /// Most iterations of each.
    pub iterations: usize,
}

impl Default for SegmentParams {
    /// Seed 0, the best of 5 runs of at most 100 iterations.
    fn default() -> Self {
        Self { seed: 0, runs: 5, iterations: 100 }
    }
}

impl SegmentParams {
    /// Groups customers by k-means over standardised logarithms of recency, orders and spending. Six segments, or as many as there
    /// are different customers.
    ///
    /// # Errors
    /// [`SegmentError`]: without customers, without a run or an iteration, or when a centroid is not finite.
    pub fn fit(&self, buyers: &[Buyer]) -> Result<Segments, SegmentError> {
        let scale = Scale::of(buyers);
        let places: Vec<[f64; 3]> = buyers.iter().map(|buyer| scale.place(buyer)).collect();
        let centroids = centroids(&places, self)?;
        let named = names(&centroids).into_iter().zip(centroids);
        let mut segments: Vec<Segment> =
            named.map(|(name, centroid)| Segment { name: name.to_owned(), centroid }).collect();
        segments.sort_by_key(|segment| rank(&segment.name));
        Ok(Segments { scale, segments })
    }
}
