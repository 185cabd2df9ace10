//! The best of many.

use std::cmp::Ordering;

/// The `length` best items with their scores, the best first; of equal scores the lower item number. A score that is
/// not a number is never among them.
#[must_use]
pub fn top(scores: &[f32], length: usize) -> Vec<(u32, f32)> {
    best((0..).zip(scores.iter().copied()), length)
}

/// [`top`] of scored items in any order.
pub(super) fn best(scored: impl Iterator<Item = (u32, f32)>, length: usize) -> Vec<(u32, f32)> {
    best_allowed(scored, length, |_| true)
}

/// [`best`] of the items that are allowed. Only those that would be among the best are asked about: a rule costs more
/// than a comparison.
pub(super) fn best_allowed(
    scored: impl Iterator<Item = (u32, f32)>,
    length: usize,
    allowed: impl Fn(u32) -> bool,
) -> Vec<(u32, f32)> {
    let mut kept: Vec<(u32, f32)> = Vec::with_capacity(2 * length.min(1 << 16));
    let mut bar = f32::NEG_INFINITY;
    if length == 0 {
        return kept;
    }
    for (item, score) in scored {
        // Equal to the bar may still win by its number.
        if score >= bar && score > f32::NEG_INFINITY && allowed(item) {
            kept.push((item, score));
            if kept.len() >= 2 * length {
                let (_, &mut (_, worst), _) = kept.select_nth_unstable_by(length - 1, order);
                bar = worst;
                kept.truncate(length);
            }
        }
    }
    kept.sort_unstable_by(order);
    kept.truncate(length);
    kept
}

/// Higher scores first, then lower numbers: a total order on items that occur once.
fn order(a: &(u32, f32), b: &(u32, f32)) -> Ordering {
    b.1.total_cmp(&a.1).then(a.0.cmp(&b.0))
}
