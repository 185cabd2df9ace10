//! Test, then train: how well the served model foresaw what was bought since the last training.

use std::collections::BTreeMap;

use tillstream_models::{evaluation::holdout, recommenders::Personal};

use crate::examples::{Examples, lot};
use crate::numbering::Numbering;

/// Length of the lists that are judged.
const LIST: usize = 20;
/// Customers that are judged at most in one round.
const CUSTOMERS_MAX: usize = 500;

/// How well purchases were foreseen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prequential {
    /// Customers who bought something new to them.
    pub customers: usize,
    /// The part of what they bought that was among the first 20 they would have been shown.
    pub recall: f64,
}

impl Prequential {
    /// Judges `served` on what customers who were known `before` bought since; `None` when nobody did.
    pub(crate) fn of(served: &Personal, before: &Examples, now: &Examples, numbering: &Numbering) -> Option<Self> {
        let mut drawn: Vec<(u64, u32, Vec<u32>)> = Vec::new();
        for ((user, row), bought) in (0..).zip(before.all.rows()).zip(&now.bought) {
            let new = bought.iter().filter(|item| row.items.binary_search(item).is_err());
            let new: Vec<u32> = new.copied().collect();
            if !row.is_empty() && !new.is_empty() {
                drawn.push((lot(numbering, user), user, new));
            }
        }
        drawn.sort_unstable_by_key(|(lot, user, _)| (*lot, *user));
        drawn.truncate(CUSTOMERS_MAX);
        let cases: BTreeMap<u32, Vec<u32>> = drawn.into_iter().map(|(_, user, new)| (user, new)).collect();
        if cases.is_empty() {
            return None;
        }
        let metrics = holdout(served, &before.all, &cases, &[LIST]);
        Some(Self { customers: cases.len(), recall: metrics.recall.get(&LIST).copied().unwrap_or(0.0) })
    }
}
