//! K-means: points to the nearest of some centroids, centroids to the mean of their points, until they stay.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;

/// A place in the space of recency, orders and spending.
pub(super) type Point = [f64; 3];

/// Centroids that move less than this stay, in squared deviations.
const STILL: f64 = 1e-10;

/// The centroids of `count` clusters of `points`: the best of `runs` beginnings, each with at most `iterations` steps. The same points
/// and seed give the same centroids. Fewer than `count` where there are fewer different points.
pub(super) fn centroids(points: &[Point], count: usize, seed: u64, runs: usize, iterations: usize) -> Vec<Point> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let run = |_| {
        let mut centroids = beginning(points, count, &mut random);
        let mut apart = improve(points, &mut centroids).0;
        for _ in 1..iterations.max(1) {
            let (now, moved) = improve(points, &mut centroids);
            apart = now;
            if moved < STILL {
                break;
            }
        }
        (apart, centroids)
    };
    let best = (0..runs.max(1)).map(run).min_by(|a, b| a.0.total_cmp(&b.0));
    best.map(|(_, centroids)| centroids).unwrap_or_default()
}

/// The place of the centroid nearest to a point, the first of equal ones, and the square of its distance.
pub(super) fn nearest(point: &Point, centroids: impl Iterator<Item = Point>) -> Option<(usize, f64)> {
    let distances = centroids.map(|centroid| square(point, &centroid)).enumerate();
    distances.min_by(|a, b| a.1.total_cmp(&b.1))
}

fn square(a: &Point, b: &Point) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// Points drawn one after the other, each with a chance that grows with the square of its distance from those drawn before
/// (Arthur and Vassilvitskii 2007).
fn beginning(points: &[Point], count: usize, random: &mut ChaCha8Rng) -> Vec<Point> {
    let mut centroids: Vec<Point> = Vec::with_capacity(count);
    let mut far = vec![1.0; points.len()];
    while centroids.len() < count {
        let all: f64 = far.iter().sum();
        let mut left = random.random::<f64>() * all;
        let drawn = far.iter().position(|far| {
            left -= far;
            left < 0.0
        });
        // Rounding may leave a rest behind the last point; without any distance left all different points are drawn.
        let Some(drawn) = drawn.or_else(|| far.iter().rposition(|far| *far > 0.0)) else { break };
        let Some(point) = points.get(drawn).filter(|_| all > 0.0) else { break };
        let begins = centroids.is_empty();
        centroids.push(*point);
        for (far, other) in far.iter_mut().zip(points) {
            let distance = square(other, point);
            *far = if begins { distance } else { far.min(distance) };
        }
    }
    centroids
}

/// One step; answers how far points were from their centroids, and how far centroids moved, in squares. A centroid nobody is near
/// stays where it is.
fn improve(points: &[Point], centroids: &mut [Point]) -> (f64, f64) {
    let mut sums = vec![([0.0; 3], 0_u32); centroids.len()];
    let mut apart = 0.0;
    for point in points {
        let Some((own, distance)) = nearest(point, centroids.iter().copied()) else { continue };
        apart += distance;
        if let Some((sum, count)) = sums.get_mut(own) {
            sum.iter_mut().zip(point).for_each(|(sum, value)| *sum += value);
            *count += 1;
        }
    }
    let mut moved = 0.0;
    for (centroid, (sum, count)) in centroids.iter_mut().zip(sums).filter(|(_, (_, count))| *count > 0) {
        let mean = sum.map(|sum| sum / f64::from(count));
        moved += square(centroid, &mean);
        *centroid = mean;
    }
    (apart, moved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_apart_groups_are_found_exactly() {
        let corner = |number: u32| [0, 1, 2].map(|axis| if number >> axis & 1 == 1 { 10.0 } else { 0.0 });
        let around = |number: u32| {
            let at = corner(number);
            (-2..=2_i32).map(move |step| [at[0] + f64::from(step), at[1], at[2] - f64::from(step)])
        };
        let points: Vec<Point> = (0..8).flat_map(around).collect();
        let mut found = centroids(&points, 8, 3, 10, 100);
        found.sort_by(|a, b| a.partial_cmp(b).unwrap());
        let mut wanted: Vec<Point> = (0..8).map(corner).collect();
        wanted.sort_by(|a, b| a.partial_cmp(b).unwrap());
        assert_eq!(found, wanted);
        assert_eq!(centroids(&points, 8, 3, 10, 100), centroids(&points, 8, 3, 10, 100));
    }

    #[test]
    fn fewer_points_than_clusters_are_their_own_centroids() {
        assert_eq!(centroids(&[[1.0; 3]; 9], 4, 0, 5, 100), [[1.0; 3]]);
        assert_eq!(centroids(&[], 4, 0, 5, 100), Vec::<Point>::new());
        let two = [[0.0; 3], [1.0; 3], [1.0; 3]];
        assert_eq!(centroids(&two, 4, 0, 5, 100).len(), 2);
    }
}
