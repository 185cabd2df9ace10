//! Data held out of the training data, to choose by.

use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use super::{
    Training,
    cases::{Case, Cases},
};
use crate::interactions::{Interactions, InteractionsError};

const DAY_MS: i64 = 86_400_000;
/// Of timed data, the last days are held out.
const HELD_OUT_DAYS: i64 = 31;
/// Of data without times, one user in so many is held out, and of each the same share of items.
const USERS: usize = 8;
const ITEMS: usize = 5;
/// Fewest items of a user worth holding out from.
const MIN_ITEMS: usize = 5;
/// Most lists that are judged.
const MAX_CASES: usize = 1000;

/// Splits training data as the world will: what is timed at a moment, the rest by users.
pub(super) fn validation(training: &Training, seed: u64) -> Result<(Training, Cases), InteractionsError> {
    let (rest, mut cases) = if training.timed { by_time(training)? } else { by_users(training, seed)? };
    cases.thin_out(MAX_CASES);
    Ok((rest, cases))
}

/// Number of users that have each item.
pub(super) fn buyers(matrix: &Interactions) -> Vec<u32> {
    matrix.transposed().rows().map(|row| row.len() as u32).collect()
}

fn by_time(training: &Training) -> Result<(Training, Cases), InteractionsError> {
    let cut = training.now_ms.saturating_sub(HELD_OUT_DAYS * DAY_MS);
    let (users, items) = (training.matrix.users(), training.matrix.items());
    let (before, after): (Vec<_>, Vec<_>) = training.events.iter().partition(|event| event.at_ms <= cut);
    let rest = Training::of_events(users, items, before, true, cut, training.confidence.clone())?;
    let mut held_out = vec![Vec::new(); users];
    for event in after.iter().filter(|event| event.weight > 0.0) {
        let seen = rest.matrix.row(event.user as usize).items;
        if let (Err(_), Some(list)) = (seen.binary_search(&event.item), held_out.get_mut(event.user as usize)) {
            list.push(event.item);
        }
    }
    let cases =
        held_out.into_iter().enumerate().filter(|(_, items)| !items.is_empty()).map(|(history, mut held_out)| {
            held_out.sort_unstable();
            held_out.dedup();
            Case { user: Some(history as u32), history, held_out, candidates: None }
        });
    let cases = Cases { cases: cases.collect(), histories: rest.matrix.clone() };
    Ok((rest, cases))
}

fn by_users(training: &Training, seed: u64) -> Result<(Training, Cases), InteractionsError> {
    let matrix = &training.matrix;
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut eligible: Vec<u32> =
        (0..matrix.users() as u32).filter(|&user| matrix.row(user as usize).len() >= MIN_ITEMS).collect();
    eligible.shuffle(&mut random);
    eligible.truncate((eligible.len() / USERS).min(MAX_CASES));
    eligible.sort_unstable();
    let mut cases = Vec::new();
    for &user in &eligible {
        let mut items = matrix.row(user as usize).items.to_vec();
        items.shuffle(&mut random);
        items.truncate(items.len().div_ceil(ITEMS));
        items.sort_unstable();
        cases.push(Case { user: None, history: user as usize, held_out: items, candidates: None });
    }
    let hidden = |user: u32, item: u32| match eligible.binary_search(&user) {
        Ok(at) => cases.get(at).is_some_and(|case: &Case| case.held_out.binary_search(&item).is_ok()),
        Err(_) => false,
    };
    let shown = training.events.iter().filter(|event| !hidden(event.user, event.item)).copied().collect::<Vec<_>>();
    let (users, items) = (matrix.users(), matrix.items());
    let histories = training.confidence.matrix(users, items, &shown, training.now_ms)?;
    let others: Vec<_> =
        training.events.iter().filter(|event| eligible.binary_search(&event.user).is_err()).copied().collect();
    let rest = Training::of_events(users, items, others, false, training.now_ms, training.confidence.clone())?;
    Ok((rest, Cases { cases, histories }))
}
