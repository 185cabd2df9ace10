//! How alike two items are, by who bought them.

use serde::{Deserialize, Serialize};

/// A measure of `together` buyers of two items that have `a` and `b` buyers out of `all`. Raw counts are a poor one:
/// what everybody buys is then bought together with everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Similarity {
    /// `together`.
    Count,
    /// `together / √(a·b)`.
    Cosine,
    /// `together · all / (a·b)`: how many times more often than by chance; wants a minimum support.
    Lift,
    /// `together / (a + b - together)`.
    Jaccard,
}

impl Similarity {
    /// The measure; `shrink` is added to the denominator, so that few buyers prove little. Zero where it is undefined.
    #[must_use]
    pub fn of(self, together: f32, a: f32, b: f32, all: f32, shrink: f32) -> f32 {
        let (above, below) = match self {
            Self::Count => return together,
            Self::Cosine => (together, (a * b).sqrt()),
            Self::Lift => (together * all, a * b),
            Self::Jaccard => (together, a + b - together),
        };
        if below + shrink > 0.0 { above / (below + shrink) } else { 0.0 }
    }
}
