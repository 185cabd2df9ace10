//! One number for each item, whoever asks.

use super::{Profile, Recommender};
use crate::interactions::{Confidence, Interaction, Interactions};

const DAY_MS: i64 = 86_400_000;

/// How much an item is in demand: the last resort of a cold start, a prior, and the list of what is trending.
#[derive(Debug, Clone, PartialEq)]
pub struct Popularity {
    name: &'static str,
    scores: Vec<f32>,
}

impl Popularity {
    /// Numbers made elsewhere.
    #[must_use]
    pub fn from_scores(name: &'static str, scores: Vec<f32>) -> Self {
        Self { name, scores }
    }

    /// Distinct users of each item.
    #[must_use]
    pub fn buyers(matrix: &Interactions) -> Self {
        let mut scores = vec![0.0; matrix.items()];
        for row in matrix.rows() {
            row.items.iter().for_each(|&item| add(&mut scores, item, 1.0));
        }
        Self { name: "popularity", scores }
    }

    /// `ln(1 + distinct buyers in the last days)`: what to add to a personal score so that what sells now comes first.
    #[must_use]
    pub fn recent_buyers(items: usize, events: &[Interaction], days: u32, now_ms: i64) -> Self {
        let since = now_ms.saturating_sub(i64::from(days) * DAY_MS);
        let recent = events.iter().filter(|event| event.at_ms > since && event.weight > 0.0);
        let mut pairs: Vec<(u32, u32)> = recent.map(|event| (event.user, event.item)).collect();
        pairs.sort_unstable();
        pairs.dedup();
        let mut scores = vec![0.0; items];
        pairs.iter().for_each(|&(_, item)| add(&mut scores, item, 1.0));
        scores.iter_mut().for_each(|score| *score = score.ln_1p());
        Self { name: "recent-popularity", scores }
    }

    /// `Σ weight · 0.5^(age / half-life)` over all events; returns take back. An item below zero scores zero.
    #[must_use]
    pub fn trending(items: usize, events: &[Interaction], half_life_days: f64, now_ms: i64) -> Self {
        let fading = Confidence { half_life_days: Some(half_life_days), ..Confidence::default() };
        let mut scores = vec![0.0; items];
        for event in events.iter().filter(|event| event.weight.is_finite()) {
            add(&mut scores, event.item, event.weight * fading.decay(event.at_ms, now_ms) as f32);
        }
        scores.iter_mut().for_each(|score| *score = score.clamp(0.0, f32::MAX));
        Self { name: "trending", scores }
    }

    /// The number of each item.
    #[must_use]
    pub fn scores(&self) -> &[f32] {
        &self.scores
    }
}

fn add(scores: &mut [f32], item: u32, amount: f32) {
    if let Some(score) = scores.get_mut(item as usize) {
        *score += amount;
    }
}

impl Recommender for Popularity {
    fn name(&self) -> &'static str {
        self.name
    }

    fn items(&self) -> usize {
        self.scores.len()
    }

    fn score(&self, _profiles: &[Profile<'_>], out: &mut [f32]) {
        out.chunks_mut(self.scores.len().max(1)).for_each(|out| out.copy_from_slice(&self.scores));
    }

    fn similar(&self, _item: u32, out: &mut [f32]) {
        out.fill(0.0);
    }
}
