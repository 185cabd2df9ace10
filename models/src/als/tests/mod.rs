//! The solver against arithmetic by hand and exact solutions; the model's promises; hostile data.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod file;
mod model;
mod robustness;
mod solver;

use linfa::ParamGuard;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{AlsParams, AlsValidParams};
use crate::interactions::Interactions;

/// Two crowds with a taste each: users of one buy mostly the even items, users of the other mostly the odd ones.
fn two_crowds(users: u32, items: u32, each: usize) -> Vec<(u32, u32, f32)> {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let mut cells = Vec::new();
    for user in 0..users {
        for _ in 0..each {
            let taste = if random.random_range(0..10) == 0 { user + 1 } else { user };
            cells.push((user, random.random_range(0..items / 2) * 2 + taste % 2, 1.0));
        }
    }
    cells
}

fn crowd_matrix() -> Interactions {
    Interactions::from_cells(120, 80, &two_crowds(120, 80, 12)).unwrap()
}

fn checked(params: AlsParams) -> AlsValidParams {
    params.check().unwrap()
}
