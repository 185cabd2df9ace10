//! Users to make lists for, and what should be in them.

use crate::{interactions::Interactions, recommenders::Profile};

/// One list to be made and judged.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Case {
    /// The user's row in the training data, if it is to be served from there.
    pub(super) user: Option<u32>,
    /// Row of the history in [`Cases::histories`].
    pub(super) history: usize,
    /// What the list should hold, ascending.
    pub(super) held_out: Vec<u32>,
    /// What is ranked; `None`: the whole catalogue.
    pub(super) candidates: Option<Vec<u32>>,
}

/// All lists of an evaluation.
#[derive(Debug, Clone, Default)]
pub(super) struct Cases {
    pub(super) cases: Vec<Case>,
    pub(super) histories: Interactions,
}

impl Cases {
    /// Whom the list of a case is for.
    pub(super) fn profile(&self, case: &Case) -> Profile<'_> {
        Profile { user: case.user, history: self.histories.row(case.history) }
    }

    /// At most `most` cases, spread evenly over all.
    pub(super) fn thin_out(&mut self, most: usize) {
        let step = self.cases.len().div_ceil(most.max(1)).max(1);
        self.cases = std::mem::take(&mut self.cases).into_iter().step_by(step).collect();
    }
}
