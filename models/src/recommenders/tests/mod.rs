//! Each model against its definition on small data; the rules on lists by hand.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod models;
mod rules;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::interactions::{Interactions, Row};

/// Users who have each item with a chance that falls with its number.
fn random_matrix(users: u32, items: u32) -> Interactions {
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let mut cells = Vec::new();
    for user in 0..users {
        cells.extend((0..items).filter(|item| random.random_range(0..4 + item) < 2).map(|item| (user, item, 1.0)));
    }
    Interactions::from_cells(users as usize, items as usize, &cells).unwrap()
}

fn scores(model: &dyn Recommender, history: Row<'_>) -> Vec<f32> {
    let mut out = vec![f32::NAN; model.items()];
    model.score(&[Profile { user: None, history }], &mut out);
    out
}
