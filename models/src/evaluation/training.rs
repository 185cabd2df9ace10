//! What a model may learn from.

use super::Pair;
use crate::interactions::{Confidence, Interaction, Interactions, InteractionsError};

/// Training events and the matrix of confidences made from them.
#[derive(Debug, Clone)]
pub struct Training {
    pub(super) events: Vec<Interaction>,
    pub(super) matrix: Interactions,
    /// Whether events have times: only then they fade, and there is a recent past.
    pub(super) timed: bool,
    /// When the training data ends, in milliseconds since 1970.
    pub(super) now_ms: i64,
    pub(super) confidence: Confidence,
}

impl Training {
    /// From pairs of `users × items`. If every pair has a time they fade as `confidence` says, seen at the last of them;
    /// otherwise all count alike.
    ///
    /// # Errors
    /// If a pair is outside the matrix or `confidence` unusable.
    pub fn new(users: usize, items: usize, pairs: &[Pair], confidence: &Confidence) -> Result<Self, InteractionsError> {
        let timed = !pairs.is_empty() && pairs.iter().all(|pair| pair.at_ms.is_some());
        let events: Vec<Interaction> = pairs.iter().map(|pair| event(pair, 0)).collect();
        let now_ms = events.iter().map(|event| event.at_ms).max().unwrap_or(0);
        let half_life_days = confidence.half_life_days.filter(|_| timed);
        Self::of_events(users, items, events, timed, now_ms, Confidence { half_life_days, ..confidence.clone() })
    }

    pub(super) fn of_events(
        users: usize,
        items: usize,
        events: Vec<Interaction>,
        timed: bool,
        now_ms: i64,
        confidence: Confidence,
    ) -> Result<Self, InteractionsError> {
        let matrix = confidence.matrix(users, items, &events, now_ms)?;
        Ok(Self { events, matrix, timed, now_ms, confidence })
    }

    /// Confidences of all users and items, as they stand when the training data ends.
    #[must_use]
    pub fn matrix(&self) -> &Interactions {
        &self.matrix
    }
}

/// The event of a pair; `unknown_ms` stands for a time the file does not give.
pub(super) fn event(pair: &Pair, unknown_ms: i64) -> Interaction {
    Interaction { user: pair.user, item: pair.item, weight: pair.weight, at_ms: pair.at_ms.unwrap_or(unknown_ms) }
}
