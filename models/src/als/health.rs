//! Whether a model may be served.

use serde::Serialize;

use super::AlsModel;
use crate::linear::norms;

/// What a gate looks at before a model is published.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Health {
    /// Whether every factor is a finite number.
    pub finite: bool,
    /// Length of the longest user row.
    pub longest_user: f32,
    /// Length of the longest item row.
    pub longest_item: f32,
}

impl AlsModel {
    /// Looks over all factors.
    #[must_use]
    pub fn health(&self) -> Health {
        let finite = |values: &[f32]| values.iter().all(|value| value.is_finite());
        let longest = |table| norms(table).into_iter().fold(0.0, f32::max);
        Health {
            finite: finite(self.users.as_slice()) && finite(self.items.as_slice()),
            longest_user: longest(&self.users),
            longest_item: longest(&self.items),
        }
    }
}
