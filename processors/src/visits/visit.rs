//! What was done in one visit.

use std::sync::Arc;

use serde::Serialize;
use tillstream_models::events::ActivityEvent;
use tillstream_stores::{Serde, SerdeError, SharedSerde};

use crate::varint::{put_u64, take_u64};

/// What was done in one visit, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Visit {
    /// Product pages opened.
    pub viewed: u32,
    /// Searches.
    pub searched: u32,
    /// Times something was put into the cart.
    pub added_to_cart: u32,
    /// Times something was taken out again.
    pub removed_from_cart: u32,
    /// Times the visitor went to pay.
    pub checked_out: u32,
    /// Lists of recommendations shown.
    pub recommendations_shown: u32,
    /// Recommendations followed.
    pub recommendations_clicked: u32,
}

impl Visit {
    /// The visit of one event.
    pub(super) fn of(event: &ActivityEvent) -> Self {
        let mut visit = Self::default();
        *match event {
            ActivityEvent::ProductViewed(_) => &mut visit.viewed,
            ActivityEvent::Searched(_) => &mut visit.searched,
            ActivityEvent::CartItemAdded(_) => &mut visit.added_to_cart,
            ActivityEvent::CartItemRemoved(_) => &mut visit.removed_from_cart,
            ActivityEvent::CheckoutStarted(_) => &mut visit.checked_out,
            ActivityEvent::RecommendationShown(_) => &mut visit.recommendations_shown,
            ActivityEvent::RecommendationClicked(_) => &mut visit.recommendations_clicked,
        } = 1;
        visit
    }

    /// What was done in both. Counts stop at the largest there is, which no person reaches.
    #[must_use]
    pub(super) fn plus(self, other: Self) -> Self {
        let (mut counts, others) = (self.counts(), other.counts());
        counts.iter_mut().zip(others).for_each(|(count, other)| *count = count.saturating_add(other));
        Self::from_counts(counts)
    }

    fn counts(self) -> [u32; 7] {
        [
            self.viewed,
            self.searched,
            self.added_to_cart,
            self.removed_from_cart,
            self.checked_out,
            self.recommendations_shown,
            self.recommendations_clicked,
        ]
    }

    fn from_counts(counts: [u32; 7]) -> Self {
        let [viewed, searched, added_to_cart, removed_from_cart, checked_out, shown, clicked] = counts;
        Self {
            viewed,
            searched,
            added_to_cart,
            removed_from_cart,
            checked_out,
            recommendations_shown: shown,
            recommendations_clicked: clicked,
        }
    }
}

const VERSION: u8 = 1;

struct VisitSerde;

/// A version, then the counts in as few bytes as they need.
#[must_use]
pub fn visit_serde() -> SharedSerde<Visit> {
    Arc::new(VisitSerde)
}

impl Serde<Visit> for VisitSerde {
    fn serialize(&self, visit: &Visit, out: &mut Vec<u8>) -> Result<bool, SerdeError> {
        out.push(VERSION);
        visit.counts().into_iter().for_each(|count| put_u64(u64::from(count), out));
        Ok(true)
    }

    fn deserialize(&self, bytes: Option<&[u8]>) -> Result<Visit, SerdeError> {
        bytes.and_then(decode).ok_or_else(|| SerdeError::new("invalid_visit", "not the seven counts of a visit"))
    }
}

fn decode(bytes: &[u8]) -> Option<Visit> {
    let (&VERSION, mut rest) = bytes.split_first()? else { return None };
    let mut counts = [0; 7];
    for count in &mut counts {
        *count = u32::try_from(take_u64(&mut rest)?).ok()?;
    }
    rest.is_empty().then(|| Visit::from_counts(counts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_of_version_1_do_not_change() {
        let visit = Visit { viewed: 300, checked_out: 1, recommendations_clicked: 2, ..Visit::default() };
        let mut out = Vec::new();
        visit_serde().serialize(&visit, &mut out).unwrap();
        assert_eq!(out, [1, 0xac, 2, 0, 0, 0, 1, 0, 2]);
        assert_eq!(visit_serde().deserialize(Some(&out)).unwrap(), visit);
        for bad in [&out[..8], &[&out[..], &[0]].concat(), &[&[2], &out[1..]].concat(), &[]] {
            assert_eq!(visit_serde().deserialize(Some(bad)).unwrap_err().class(), "invalid_visit");
        }
    }

    #[test]
    fn counts_add_up_and_do_not_wrap() {
        let much = Visit { viewed: u32::MAX, searched: 1, ..Visit::default() };
        assert_eq!(much.plus(much), Visit { viewed: u32::MAX, searched: 2, ..Visit::default() });
    }
}
