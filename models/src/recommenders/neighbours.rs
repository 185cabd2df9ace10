//! Items and their most similar items: co-purchase and item-kNN.
#![expect(clippy::indexing_slicing, reason = "items are columns of the matrix the counts are as long as")]

use rayon::prelude::*;
use serde::Serialize;

use super::{Profile, Recommender, Similarity, top::best};
use crate::interactions::{Interactions, Row};

/// How neighbours are found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NeighbourParams {
    #[serde(skip)]
    name: &'static str,
    similarity: Similarity,
    shrink: f32,
    neighbours: usize,
    min_support: u32,
    longest_row: usize,
}

impl NeighbourParams {
    /// What is bought together: rows are baskets; 100 neighbours with at least 2 common baskets.
    #[must_use]
    pub fn co_purchase(similarity: Similarity) -> Self {
        Self { name: "co-purchase", similarity, shrink: 0.0, neighbours: 100, min_support: 2, longest_row: 2000 }
    }

    /// Item-kNN: rows are users; the 50 nearest by cosine.
    #[must_use]
    pub fn item_knn() -> Self {
        let similarity = Similarity::Cosine;
        Self { name: "item-knn", similarity, shrink: 0.0, neighbours: 50, min_support: 1, longest_row: 2000 }
    }

    /// What such a model is called.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The measure.
    #[must_use]
    pub fn similarity(mut self, similarity: Similarity) -> Self {
        self.similarity = similarity;
        self
    }

    /// What is added to the measure's denominator.
    #[must_use]
    pub fn shrink(mut self, shrink: f32) -> Self {
        self.shrink = shrink.clamp(0.0, 1e9);
        self
    }

    /// How many neighbours of an item are kept.
    #[must_use]
    pub fn neighbours(mut self, neighbours: usize) -> Self {
        self.neighbours = neighbours;
        self
    }

    /// Rows that must hold both items of a pair.
    #[must_use]
    pub fn min_support(mut self, rows: u32) -> Self {
        self.min_support = rows;
        self
    }

    /// Longest row that is counted whole, default 2,000; of a longer one that many items are taken, evenly spread. The
    /// work grows with the square of a row.
    #[must_use]
    pub fn longest_row(mut self, items: usize) -> Self {
        self.longest_row = items.max(1);
        self
    }
}

/// Each item's most similar items. A list is the sum of the neighbours of what a user has.
#[derive(Debug, Clone)]
pub struct Neighbours {
    name: &'static str,
    /// Rows: items; columns: the neighbours kept for each.
    of_item: Interactions,
    /// The same by neighbour: what an item of a history speaks for.
    spoken_for: Interactions,
    capped: usize,
}

impl Neighbours {
    /// Counts all pairs of all rows, keeps the best of each item. Equal measures: the lower item number first.
    #[must_use]
    pub fn new(rows: &Interactions, params: &NeighbourParams) -> Self {
        let (by_row, capped) = cap_rows(rows, params.longest_row);
        let by_item = by_row.transposed();
        let cells: Vec<Vec<(u32, u32, f32)>> = (0..by_row.items() as u32)
            .into_par_iter()
            .map_init(|| vec![0u32; by_row.items()], |counts, item| nearest(item, &by_row, &by_item, params, counts))
            .collect();
        // Cells are distinct, within the matrix, and their weights were clamped: a matrix always comes out.
        let of_item = Interactions::from_cells(by_row.items(), by_row.items(), &cells.concat()).unwrap_or_default();
        Self { name: params.name, spoken_for: of_item.transposed(), of_item, capped }
    }

    /// The neighbours of an item, by item number.
    #[must_use]
    pub fn of(&self, item: u32) -> Row<'_> {
        self.of_item.row(item as usize)
    }

    /// How many rows were longer than allowed and counted in part.
    #[must_use]
    pub fn capped(&self) -> usize {
        self.capped
    }
}

/// The best neighbours of one item; `counts` comes and goes as zeros.
fn nearest(
    item: u32,
    by_row: &Interactions,
    by_item: &Interactions,
    params: &NeighbourParams,
    counts: &mut [u32],
) -> Vec<(u32, u32, f32)> {
    let mut met = Vec::new();
    for &row in by_item.row(item as usize).items {
        for &other in by_row.row(row as usize).items {
            let count = &mut counts[other as usize];
            if *count == 0 {
                met.push(other);
            }
            *count += 1;
        }
    }
    met.sort_unstable();
    let own = by_item.row(item as usize).len() as f32;
    let all = by_row.users() as f32;
    let measured = met.iter().filter(|&&other| other != item && counts[other as usize] >= params.min_support);
    let measured = measured.map(|&other| {
        let (together, others) = (counts[other as usize] as f32, by_item.row(other as usize).len() as f32);
        (other, params.similarity.of(together, own, others, all, params.shrink))
    });
    let kept = best(measured, params.neighbours);
    met.iter().for_each(|&other| counts[other as usize] = 0);
    kept.into_iter().map(|(other, weight)| (item, other, weight.clamp(0.0, 1e9))).collect()
}

fn cap_rows(rows: &Interactions, longest: usize) -> (Interactions, usize) {
    let capped = rows.rows().filter(|row| row.len() > longest).count();
    if capped == 0 {
        return (rows.clone(), 0);
    }
    let mut cells = Vec::with_capacity(rows.len());
    for (number, row) in rows.rows().enumerate() {
        let step = row.len().div_ceil(longest).max(1);
        cells.extend(row.iter().step_by(step).map(|(item, weight)| (number as u32, item, weight)));
    }
    (Interactions::from_cells(rows.users(), rows.items(), &cells).unwrap_or_default(), capped)
}

impl Recommender for Neighbours {
    fn name(&self) -> &'static str {
        self.name
    }

    fn items(&self) -> usize {
        self.of_item.items()
    }

    fn score(&self, profiles: &[Profile<'_>], out: &mut [f32]) {
        out.fill(0.0);
        for (profile, out) in profiles.iter().zip(out.chunks_mut(self.items().max(1))) {
            for (item, weight) in profile.history.iter() {
                for (target, similarity) in self.spoken_for.row(item as usize).iter() {
                    out[target as usize] += weight * similarity;
                }
            }
        }
    }

    fn similar(&self, item: u32, out: &mut [f32]) {
        out.fill(0.0);
        self.of(item).iter().for_each(|(other, similarity)| out[other as usize] = similarity);
    }

    fn explain(&self, history: Row<'_>, item: u32) -> Vec<(u32, f32)> {
        let own = self.of(item);
        let shares = history.iter().filter_map(|(other, weight)| {
            own.items.binary_search(&other).ok().map(|at| (other, weight * own.weights[at]))
        });
        best(shares, history.len())
    }
}
