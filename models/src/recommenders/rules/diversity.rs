//! Lists that are not ten times the same.

use std::fmt;

/// How a list is kept varied. Both look at a pool of the best items, several times as long as the list.
#[derive(Clone, Copy)]
pub enum Diversity<'a> {
    /// At most so many items of one category; items without one are free.
    PerCategory {
        /// The category of an item.
        category: &'a dyn Fn(u32) -> Option<u32>,
        /// The most of one.
        most: usize,
    },
    /// Maximal marginal relevance: each place goes to the item with the largest
    /// `relevance · score - (1 - relevance) · similarity to the most similar item above it`, scores scaled to 0..1.
    MarginalRelevance {
        /// From 0, only variety, to 1, only scores.
        relevance: f32,
        /// Similarity of two items, at most 1.
        similarity: &'a dyn Fn(u32, u32) -> f32,
    },
}

impl fmt::Debug for Diversity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PerCategory { most, .. } => write!(f, "PerCategory({most})"),
            Self::MarginalRelevance { relevance, .. } => write!(f, "MarginalRelevance({relevance})"),
        }
    }
}

impl Diversity<'_> {
    /// Picks up to `length` of a pool that is sorted by score.
    pub(super) fn pick(&self, pool: Vec<(u32, f32)>, length: usize) -> Vec<(u32, f32)> {
        match *self {
            Self::PerCategory { category, most } => per_category(pool, length, category, most),
            Self::MarginalRelevance { relevance, similarity } => marginal(pool, length, relevance, similarity),
        }
    }
}

fn per_category(
    pool: Vec<(u32, f32)>,
    length: usize,
    category: &dyn Fn(u32) -> Option<u32>,
    most: usize,
) -> Vec<(u32, f32)> {
    let mut taken: Vec<u32> = Vec::new();
    let allowed = pool.into_iter().filter(|&(item, _)| {
        let Some(category) = category(item) else { return true };
        let free = taken.iter().filter(|&&other| other == category).count() < most;
        if free {
            taken.push(category);
        }
        free
    });
    allowed.take(length).collect()
}

fn marginal(
    pool: Vec<(u32, f32)>,
    length: usize,
    relevance: f32,
    similarity: &dyn Fn(u32, u32) -> f32,
) -> Vec<(u32, f32)> {
    let best = pool.first().map_or(0.0, |&(_, score)| score);
    let worst = pool.last().map_or(0.0, |&(_, score)| score);
    let span = if best > worst { best - worst } else { 1.0 };
    // Each candidate with its likeness to what is in the list already.
    let mut open: Vec<(u32, f32, f32)> = pool.into_iter().map(|(item, score)| (item, score, 0.0)).collect();
    let mut list = Vec::with_capacity(length.min(open.len()));
    while list.len() < length {
        let value = |&(_, score, like): &(u32, f32, f32)| relevance * (score - worst) / span - (1.0 - relevance) * like;
        // The first of equals: `max_by` would take the last.
        let place = open.iter().enumerate().rev().max_by(|(_, a), (_, b)| value(a).total_cmp(&value(b)));
        let Some(place) = place.map(|(place, _)| place) else { break };
        let (chosen, score, _) = open.remove(place);
        list.push((chosen, score));
        for (item, _, like) in &mut open {
            *like = like.max(similarity(*item, chosen));
        }
    }
    list
}
