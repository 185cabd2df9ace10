//! Lists made by a model, judged.
#![expect(clippy::indexing_slicing, reason = "scores are as long as the catalogue, candidates lie inside it")]

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{
    cases::{Case, Cases},
    metrics::{ListScore, Metrics},
    validation::buyers,
};
use crate::interactions::Interactions;
use crate::recommenders::{Profile, Recommender, top};

/// Lists that one task makes together.
const BATCH: usize = 32;

/// Judges a model on what users bought later: `held_out` items, ascending, of rows of `histories`. Users are folded in
/// from their histories; what they have, and what nobody has, is not recommended. This is what a gate compares before a
/// model is published.
#[must_use]
pub fn holdout(
    model: &dyn Recommender,
    histories: &Interactions,
    held_out: &BTreeMap<u32, Vec<u32>>,
    cutoffs: &[usize],
) -> Metrics {
    let case = |(&user, items): (&u32, &Vec<u32>)| Case {
        user: None,
        history: user as usize,
        held_out: items.clone(),
        candidates: None,
    };
    let cases = Cases { cases: held_out.iter().map(case).collect(), histories: histories.clone() };
    measure(model, &cases, cutoffs, &buyers(histories), histories.users())
}

/// Judges a model on all cases. Items of the history, and items nobody in the training data has, are not recommended.
pub(super) fn measure(
    model: &dyn Recommender,
    cases: &Cases,
    cutoffs: &[usize],
    buyers: &[u32],
    users: usize,
) -> Metrics {
    let items = model.items();
    let lists: Vec<Vec<ListScore>> = cases
        .cases
        .par_chunks(BATCH)
        .map(|batch| {
            let profiles: Vec<Profile<'_>> = batch.iter().map(|case| cases.profile(case)).collect();
            let mut scores = vec![0.0; batch.len() * items];
            model.score(&profiles, &mut scores);
            let scores = scores.chunks_mut(items.max(1));
            batch
                .iter()
                .zip(profiles)
                .zip(scores)
                .map(|((case, profile), scores)| judge(case, profile, scores, cutoffs, buyers))
                .collect()
        })
        .collect();
    Metrics::of(&lists.concat(), cutoffs, buyers, users)
}

/// Judges one list; `scores` are spoilt.
pub(super) fn judge(
    case: &Case,
    profile: Profile<'_>,
    scores: &mut [f32],
    cutoffs: &[usize],
    buyers: &[u32],
) -> ListScore {
    match &case.candidates {
        Some(candidates) => keep_only(candidates, scores),
        None => {
            profile
                .history
                .below(scores.len())
                .items
                .iter()
                .for_each(|&item| scores[item as usize] = f32::NEG_INFINITY);
            let nobodys = scores.iter_mut().zip(buyers).filter(|(_, buyers)| **buyers == 0);
            nobodys.for_each(|(score, _)| *score = f32::NEG_INFINITY);
        }
    }
    let (longest, shortest) = (cutoffs.iter().max().copied(), cutoffs.iter().min().copied());
    let list = top(scores, longest.unwrap_or(0));
    ListScore {
        hits: list.iter().map(|(item, _)| case.held_out.binary_search(item).is_ok()).collect(),
        relevant: case.held_out.len(),
        first: first_hit(case, scores),
        shown: list.iter().take(shortest.unwrap_or(0)).map(|&(item, _)| item).collect(),
    }
}

fn keep_only(candidates: &[u32], scores: &mut [f32]) {
    let kept: Vec<f32> = candidates.iter().map(|&item| scores[item as usize]).collect();
    scores.fill(f32::NEG_INFINITY);
    candidates.iter().zip(kept).for_each(|(&item, score)| scores[item as usize] = score);
}

/// Rank of the best held-out item, from 1; equal scores rank by item number, as in lists.
fn first_hit(case: &Case, scores: &[f32]) -> Option<usize> {
    let known = case.held_out.iter().copied().filter(|&item| (item as usize) < scores.len());
    let best = known.rev().max_by(|&a, &b| scores[a as usize].total_cmp(&scores[b as usize]))?;
    let score = scores[best as usize];
    let (above, from) = scores.split_at(best as usize);
    let better =
        above.iter().filter(|&&other| other >= score).count() + from.iter().filter(|&&other| other > score).count();
    (score > f32::NEG_INFINITY).then_some(better + 1)
}
