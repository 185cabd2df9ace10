//! How far visits got.

use std::sync::Arc;

use serde::Serialize;
use tillstream_stores::{Serde, SerdeError, SharedSerde};

use super::visit::Visit;

/// Visits, by how far they got. A stage that is reached counts, whatever came before it: a cart filled out of a newsletter needs
/// no page view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Funnel {
    /// All visits.
    pub visits: i64,
    /// Those in which a product was looked at.
    pub viewed: i64,
    /// Those in which something was put into the cart.
    pub added_to_cart: i64,
    /// Those in which the visitor went to pay.
    pub checked_out: i64,
}

impl Funnel {
    /// The funnel of one visit.
    pub(super) fn of(visit: &Visit) -> Self {
        let reached = |count: u32| i64::from(count > 0);
        Self {
            visits: 1,
            viewed: reached(visit.viewed),
            added_to_cart: reached(visit.added_to_cart),
            checked_out: reached(visit.checked_out),
        }
    }

    /// Both together; `None` where a count overflows.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.combined(other, i64::checked_add)
    }

    /// What is left without `other`.
    pub(super) fn checked_sub(self, other: Self) -> Option<Self> {
        self.combined(other, i64::checked_sub)
    }

    fn combined(self, other: Self, by: impl Fn(i64, i64) -> Option<i64>) -> Option<Self> {
        Some(Self {
            visits: by(self.visits, other.visits)?,
            viewed: by(self.viewed, other.viewed)?,
            added_to_cart: by(self.added_to_cart, other.added_to_cart)?,
            checked_out: by(self.checked_out, other.checked_out)?,
        })
    }
}

struct FunnelSerde;

/// A funnel in 32 bytes.
#[must_use]
pub fn funnel_serde() -> SharedSerde<Funnel> {
    Arc::new(FunnelSerde)
}

impl Serde<Funnel> for FunnelSerde {
    fn serialize(&self, funnel: &Funnel, out: &mut Vec<u8>) -> Result<bool, SerdeError> {
        for count in [funnel.visits, funnel.viewed, funnel.added_to_cart, funnel.checked_out] {
            out.extend_from_slice(&count.to_be_bytes());
        }
        Ok(true)
    }

    fn deserialize(&self, bytes: Option<&[u8]>) -> Result<Funnel, SerdeError> {
        bytes.and_then(decode).ok_or_else(|| SerdeError::new("invalid_funnel", "not the 32 bytes of a funnel"))
    }
}

fn decode(bytes: &[u8]) -> Option<Funnel> {
    let (counts, []) = bytes.as_chunks::<8>() else { return None };
    let &[visits, viewed, added_to_cart, checked_out] = counts else { return None };
    Some(Funnel {
        visits: i64::from_be_bytes(visits),
        viewed: i64::from_be_bytes(viewed),
        added_to_cart: i64::from_be_bytes(added_to_cart),
        checked_out: i64::from_be_bytes(checked_out),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visit_reaches_the_stages_in_which_something_was_done() {
        let visit = Visit { searched: 3, added_to_cart: 2, ..Visit::default() };
        assert_eq!(Funnel::of(&visit), Funnel { visits: 1, added_to_cart: 1, ..Funnel::default() });
    }

    #[test]
    fn the_bytes_do_not_change_and_sums_do_not_wrap() {
        let funnel = Funnel { visits: 258, viewed: -1, added_to_cart: 0, checked_out: i64::MAX };
        let mut out = Vec::new();
        funnel_serde().serialize(&funnel, &mut out).unwrap();
        assert_eq!((out.len(), &out[..10]), (32, &[0, 0, 0, 0, 0, 0, 1, 2, 0xff, 0xff][..]));
        assert_eq!(funnel_serde().deserialize(Some(&out)).unwrap(), funnel);
        assert_eq!(funnel_serde().deserialize(Some(&out[1..])).unwrap_err().class(), "invalid_funnel");
        assert_eq!(funnel.checked_add(funnel), None);
        assert_eq!(funnel.checked_sub(funnel), Some(Funnel::default()));
    }
}
