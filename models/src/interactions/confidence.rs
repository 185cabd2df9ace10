//! From single events to the weight of a cell.

use super::{Interactions, InteractionsError};

const DAY_MS: f64 = 86_400_000.0;

/// One event between a user and an item.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interaction {
    /// Who, as a row of the matrix.
    pub user: u32,
    /// What, as a column of the matrix.
    pub item: u32,
    /// What it counts: a purchase more than a view; a return or a cancellation is negative.
    pub weight: f32,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
}

/// How events become confidences: old ones fade, and neither one pair nor one account can outweigh the rest.
///
/// The weight of a cell is `min(pair_cap, Σ weight · 0.5^(age / half-life))`; an account whose cells add up to more than
/// `user_cap` is scaled down to it. Cells that returns bring to zero or below are dropped.
#[derive(Debug, Clone, PartialEq)]
pub struct Confidence {
    /// Age in days at which an event counts half; `None` counts all alike.
    pub half_life_days: Option<f64>,
    /// The most one user and item count.
    pub pair_cap: f32,
    /// The most one user's items count together.
    pub user_cap: f32,
}

impl Default for Confidence {
    /// Half-life 30 days, at most 3 a pair and 1,000 a user.
    fn default() -> Self {
        Self { half_life_days: Some(30.0), pair_cap: 3.0, user_cap: 1000.0 }
    }
}

impl Confidence {
    /// The matrix of confidences as seen at `now_ms`; events later than that count as new.
    ///
    /// # Errors
    /// If a setting is not positive, an event is outside the matrix or its weight is not a finite number.
    pub fn matrix(
        &self,
        users: usize,
        items: usize,
        events: &[Interaction],
        now_ms: i64,
    ) -> Result<Interactions, InteractionsError> {
        self.check()?;
        let mut cells = Vec::with_capacity(events.len());
        for event in events {
            if !event.weight.is_finite() {
                return Err(InteractionsError::Weight { user: event.user, item: event.item, weight: event.weight });
            }
            cells.push((event.user, event.item, f64::from(event.weight) * self.decay(event.at_ms, now_ms)));
        }
        cells.sort_by_key(|&(user, item, _)| (user, item));
        let mut capped = Vec::with_capacity(cells.len());
        for user in cells.chunk_by(|a, b| a.0 == b.0) {
            self.push_user(user, &mut capped);
        }
        Interactions::from_cells(users, items, &capped)
    }

    /// Adds up one user's pairs, caps each, then all together.
    fn push_user(&self, events: &[(u32, u32, f64)], cells: &mut Vec<(u32, u32, f32)>) {
        let start = cells.len();
        for pair in events.chunk_by(|a, b| a.1 == b.1) {
            let weight = pair.iter().map(|&(.., weight)| weight).sum::<f64>().min(f64::from(self.pair_cap));
            // A weight that f32 flushes to zero is none.
            if let (Some(&(user, item, _)), true) = (pair.first(), weight >= f64::from(f32::MIN_POSITIVE)) {
                cells.push((user, item, weight as f32));
            }
        }
        let own = cells.get_mut(start..).unwrap_or_default();
        let total: f32 = own.iter().map(|&(.., weight)| weight).sum();
        if total > self.user_cap {
            own.iter_mut().for_each(|(.., weight)| *weight *= self.user_cap / total);
        }
    }

    /// What an event of `at_ms` still counts at `now_ms`, from 0 to 1.
    #[must_use]
    pub fn decay(&self, at_ms: i64, now_ms: i64) -> f64 {
        let age_days = now_ms.saturating_sub(at_ms).max(0) as f64 / DAY_MS;
        self.half_life_days.map_or(1.0, |half_life| (-age_days / half_life).exp2())
    }

    fn check(&self) -> Result<(), InteractionsError> {
        let half_life = self.half_life_days.unwrap_or(1.0);
        for (name, value) in [
            ("half_life_days", half_life),
            ("pair_cap", f64::from(self.pair_cap)),
            ("user_cap", f64::from(self.user_cap)),
        ] {
            if !(value > 0.0 && value.is_finite()) {
                return Err(InteractionsError::Parameter { name, value, expected: "a positive number" });
            }
        }
        Ok(())
    }
}
