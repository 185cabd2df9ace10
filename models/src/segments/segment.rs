//! Which segment a customer is in.

use serde::{Deserialize, Serialize};

use super::Buyer;
use super::scale::Scale;
use crate::events::Currency;

/// A kind of customers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// Its name, one of [`NAMES`](super::NAMES).
    pub name: String,
    /// Where its centroid stands: recency, orders, spent, in deviations from the mean of the logarithms.
    pub centroid: [f64; 3],
}

/// The kinds of customers there are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Segments {
    pub(super) scale: Scale,
    /// At least one, in the order of [`NAMES`](super::NAMES).
    pub(super) segments: Vec<Segment>,
}

impl Segments {
    /// The segments, in the order of [`NAMES`](super::NAMES).
    #[must_use]
    pub fn all(&self) -> &[Segment] {
        &self.segments
    }

    /// The segment of a customer: the one whose centroid is nearest. There always is one.
    #[must_use]
    pub fn of(&self, buyer: &Buyer) -> Option<&Segment> {
        let place = self.scale.place(buyer);
        let apart = |segment: &Segment| -> f64 {
            segment.centroid.iter().zip(place).map(|(centroid, place)| (centroid - place) * (centroid - place)).sum()
        };
        self.segments.iter().min_by(|a, b| apart(a).total_cmp(&apart(b)))
    }

    /// Days since the last purchase that are typical of a segment: its centroid.
    #[must_use]
    pub fn typical_recency_days(&self, segment: &Segment) -> f64 {
        self.scale.recency.value(segment.centroid[0]).exp_m1().max(0.0)
    }

    /// Orders that are typical of a segment.
    #[must_use]
    pub fn typical_orders(&self, segment: &Segment) -> f64 {
        self.scale.orders.value(segment.centroid[1]).exp()
    }

    /// What somebody in a segment typically spent, in major units of each currency, by its code.
    pub fn typical_spent(&self, segment: &Segment) -> impl Iterator<Item = (Currency, f64)> {
        let place = segment.centroid[2];
        self.scale.spent.iter().map(move |(currency, spread)| (*currency, spread.value(place).exp_m1().max(0.0)))
    }
}
