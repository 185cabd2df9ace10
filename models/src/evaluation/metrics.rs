//! How good one list is, and all together.
#![expect(clippy::indexing_slicing, reason = "hits are counted on a list no longer than the lists of cutoffs allow")]

use std::collections::BTreeMap;

use serde::Serialize;

/// Means over all lists. Maps are by cutoff `k`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Metrics {
    /// Hits in the first `k`, discounted by `1 / log2(rank + 1)`, over what the best possible list would have.
    pub ndcg: BTreeMap<usize, f64>,
    /// Hits in the first `k` over `min(k, held-out)`.
    pub recall: BTreeMap<usize, f64>,
    /// Hits in the first `k` over all held-out items, however many: the LightGCN family of papers calls this recall.
    pub recall_of_all: BTreeMap<usize, f64>,
    /// Share of lists with a hit in the first `k`.
    pub hit_rate: BTreeMap<usize, f64>,
    /// Mean of `1 / rank` of the first hit in the whole ranking.
    pub mrr: f64,
    /// Share of the catalogue that is in the first `k` of any list, for the smallest `k`.
    pub coverage: f64,
    /// Mean of `-log2(share of users who have the item)` over the first `k` of all lists, for the smallest `k`.
    pub novelty: f64,
}

/// What one list contributes.
#[derive(Debug, Clone, Default)]
pub(super) struct ListScore {
    /// Whether each place of the list, the best first, is a hit.
    pub(super) hits: Vec<bool>,
    /// Number of held-out items.
    pub(super) relevant: usize,
    /// Rank of the first hit in the whole ranking, from 1.
    pub(super) first: Option<usize>,
    /// The first items of the list, as many as the smallest cutoff.
    pub(super) shown: Vec<u32>,
}

impl ListScore {
    fn hits_in(&self, k: usize) -> usize {
        self.hits.iter().take(k).filter(|&&hit| hit).count()
    }

    fn ndcg(&self, k: usize) -> f64 {
        let gain = |place: usize| 1.0 / ((place + 2) as f64).log2();
        let found: f64 =
            self.hits.iter().take(k).enumerate().filter(|(_, hit)| **hit).map(|(place, _)| gain(place)).sum();
        let ideal: f64 = (0..k.min(self.relevant)).map(gain).sum();
        if ideal > 0.0 { found / ideal } else { 0.0 }
    }
}

impl Metrics {
    /// Means of all lists, added up in their order. `buyers[item]` of `users` have an item.
    pub(super) fn of(lists: &[ListScore], cutoffs: &[usize], buyers: &[u32], users: usize) -> Self {
        let count = lists.len().max(1) as f64;
        let mean = |value: &dyn Fn(&ListScore) -> f64| lists.iter().map(value).sum::<f64>() / count;
        let by_cutoff = |value: &dyn Fn(&ListScore, usize) -> f64| {
            cutoffs.iter().map(|&k| (k, mean(&|list| value(list, k)))).collect()
        };
        let (coverage, novelty) = variety(lists, buyers, users);
        Self {
            ndcg: by_cutoff(&ListScore::ndcg),
            recall: by_cutoff(&|list, k| ratio(list.hits_in(k), k.min(list.relevant))),
            recall_of_all: by_cutoff(&|list, k| ratio(list.hits_in(k), list.relevant)),
            hit_rate: by_cutoff(&|list, k| f64::from(u8::from(list.hits_in(k) > 0))),
            mrr: mean(&|list| list.first.map_or(0.0, |rank| 1.0 / rank as f64)),
            coverage,
            novelty,
        }
    }
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole > 0 { part as f64 / whole as f64 } else { 0.0 }
}

fn variety(lists: &[ListScore], buyers: &[u32], users: usize) -> (f64, f64) {
    let mut shown = vec![0u64; buyers.len()];
    for &item in lists.iter().flat_map(|list| &list.shown) {
        shown[item as usize] += 1;
    }
    let total: u64 = shown.iter().sum();
    let surprise = shown
        .iter()
        .zip(buyers)
        .map(|(&times, &buyers)| times as f64 * (users.max(1) as f64 / f64::from(buyers.max(1))).log2());
    let covered = shown.iter().filter(|&&times| times > 0).count();
    (ratio(covered, buyers.len()), if total > 0 { surprise.sum::<f64>() / total as f64 } else { 0.0 })
}
