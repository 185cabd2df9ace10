//! How much each part of a blend counts.
#![expect(clippy::indexing_slicing, reason = "weights are as many as models, scores as long as the catalogue")]

use rayon::prelude::*;

use super::{Training, cases::Cases, measure::judge, metrics::Metrics, validation::buyers};
use crate::recommenders::{Recommender, standardize};

/// What is maximised: NDCG of lists of this length.
const CUTOFF: usize = 100;
/// Weights that are tried for a part beside the others.
const STEPS: [f64; 12] = [0.0, 0.03, 0.06, 0.1, 0.15, 0.25, 0.4, 0.6, 0.8, 1.0, 1.5, 2.5];
/// Rounds over all parts: the second changes little, the third nothing.
const ROUNDS: usize = 3;
/// Most scores that are kept at once, 400 MB.
const MAX_SCORES: usize = 100_000_000;

/// Weights with the best NDCG@100 on the cases: coordinate by coordinate, from the best single model. Ties go to the
/// smaller weight, so that a part that helps nothing is left out.
pub(super) fn choose(models: &[Box<dyn Recommender>], cases: &Cases, training: &Training) -> Vec<f64> {
    let items = training.matrix.items();
    let mut cases = cases.clone();
    cases.thin_out(MAX_SCORES / (items * models.len()).max(1));
    let buyers = buyers(&training.matrix);
    let scores: Vec<Vec<Vec<f32>>> = cases
        .cases
        .par_iter()
        .map(|case| models.iter().map(|model| scores(model.as_ref(), &cases, case, items)).collect())
        .collect();
    let quality = |weights: &[f64]| {
        let lists = cases.cases.par_iter().zip(&scores).map(|(case, scores)| {
            let mut sum = vec![0.0; items];
            for (weight, scores) in weights.iter().zip(scores) {
                sum.iter_mut().zip(scores).for_each(|(sum, score)| *sum += *weight as f32 * score);
            }
            judge(case, cases.profile(case), &mut sum, &[CUTOFF], &buyers)
        });
        let lists: Vec<_> = lists.collect();
        Metrics::of(&lists, &[CUTOFF], &buyers, 1).ndcg[&CUTOFF]
    };
    climb(models.len(), quality)
}

fn scores(model: &dyn Recommender, cases: &Cases, case: &super::cases::Case, items: usize) -> Vec<f32> {
    let mut scores = vec![0.0; items];
    model.score(&[cases.profile(case)], &mut scores);
    standardize(&mut scores);
    scores
}

fn climb(parts: usize, quality: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let single = |part| (0..parts).map(|at| f64::from(u8::from(at == part))).collect::<Vec<f64>>();
    let singles: Vec<f64> = (0..parts).map(|part| quality(&single(part))).collect();
    let best_single = (0..parts).rev().max_by(|&a, &b| singles[a].total_cmp(&singles[b]));
    let Some(start) = best_single else { return Vec::new() };
    let (mut weights, mut best) = (single(start), singles[start]);
    for _ in 0..ROUNDS {
        let before = best;
        for part in 0..parts {
            for step in STEPS {
                let mut tried = weights.clone();
                tried[part] = step;
                let found = if tried.iter().any(|&weight| weight > 0.0) { quality(&tried) } else { f64::MIN };
                if found > best {
                    (weights, best) = (tried, found);
                }
            }
        }
        if best <= before {
            break;
        }
    }
    weights
}
