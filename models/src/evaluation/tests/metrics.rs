//! Metrics against arithmetic by hand.

use super::super::{
    cases::Case,
    measure::judge,
    metrics::{ListScore, Metrics},
};
use crate::{interactions::Row, recommenders::Profile};

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-12
}

/// A list with hits on ranks 2 and 3 of three held-out items, and one without any hit.
#[test]
fn two_lists_by_hand() {
    let lists = [
        ListScore { hits: vec![false, true, true, false], relevant: 3, first: Some(2), shown: vec![0, 1] },
        ListScore { hits: vec![false; 4], relevant: 1, first: Some(50), shown: vec![0, 2] },
    ];
    let metrics = Metrics::of(&lists, &[2, 4], &[8, 4, 1, 0], 8);
    let (second, third) = (1.0 / 3f64.log2(), 1.0 / 4f64.log2());
    assert!(close(metrics.ndcg[&2], second / (1.0 + second) / 2.0), "the best list of two has two hits");
    assert!(close(metrics.ndcg[&4], (second + third) / (1.0 + second + third) / 2.0));
    assert!(close(metrics.recall[&2], 0.5 / 2.0) && close(metrics.recall[&4], (2.0 / 3.0) / 2.0));
    assert!(close(metrics.recall_of_all[&2], (1.0 / 3.0) / 2.0));
    assert!(close(metrics.hit_rate[&2], 0.5));
    assert!(close(metrics.mrr, (0.5 + 0.02) / 2.0));
    assert!(close(metrics.coverage, 0.75), "three of four items were shown");
    assert!(close(metrics.novelty, (2.0 * 0.0 + 1.0 + 3.0) / 4.0), "all, half and an eighth of the users have them");
    assert_eq!(Metrics::of(&[], &[10], &[], 0).ndcg[&10], 0.0);
}

#[test]
fn histories_and_items_nobody_has_are_not_shown() {
    let case = Case { user: None, history: 0, held_out: vec![1, 4, 9], candidates: None };
    let history = Row { items: &[0, 7], weights: &[1.0, 1.0] };
    let mut scores = [9.0, 3.0, 3.0, 8.0, 5.0];
    let buyers = [5, 5, 5, 0, 5];
    let profile = Profile { user: None, history };
    let list = judge(&case, profile, &mut scores, &[1, 3], &buyers);
    // 0 is in the history, 3 is nobody's: 4, then 1 before 2 by number; 9 is not in the catalogue.
    assert_eq!((list.hits, list.relevant, list.first, list.shown), (vec![true, true, false], 3, Some(1), vec![4]));
}

#[test]
fn sampled_ranking_looks_at_candidates_only() {
    let case = Case { user: None, history: 0, held_out: vec![3], candidates: Some(vec![3, 1, 2]) };
    let mut scores = [9.0, 2.0, 2.0, 2.0, 8.0];
    let list = judge(&case, Profile::default(), &mut scores, &[3], &[1; 5]);
    assert_eq!((list.hits, list.first), (vec![false, false, true], Some(3)));
}
