//! Deadlines of open orders, in the order in which they fall due.

use std::sync::Arc;

use serde::Serialize;
use tillstream_stores::{Serde, SerdeError, SharedSerde};

use crate::shared_text;

/// How often due deadlines are looked for, in ms of event time. An order that hears of anything meanwhile looks at its own
/// deadline first, so the interval decides when a time-out is told, never whether.
pub(super) const CHECK_INTERVAL_MS: i64 = 10_000;

/// When the time of an order runs out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Deadline {
    /// Epoch ms, not negative.
    pub(crate) at_ms: i64,
    /// The order.
    #[serde(serialize_with = "shared_text::serialize")]
    pub(crate) order_id: Arc<str>,
}

impl Deadline {
    /// Behind every deadline due at `now_ms`: the empty order id comes before all of the next millisecond.
    pub(super) fn behind(now_ms: i64) -> Self {
        Self { at_ms: now_ms.saturating_add(1), order_id: "".into() }
    }
}

struct DeadlineSerde;

/// Eight bytes of time, big endian, then the order id: bytes sort as times do.
pub(crate) fn deadline_serde() -> SharedSerde<Deadline> {
    Arc::new(DeadlineSerde)
}

impl Serde<Deadline> for DeadlineSerde {
    fn serialize(&self, deadline: &Deadline, out: &mut Vec<u8>) -> Result<bool, SerdeError> {
        out.extend_from_slice(&deadline.at_ms.to_be_bytes());
        out.extend_from_slice(deadline.order_id.as_bytes());
        Ok(true)
    }

    fn deserialize(&self, bytes: Option<&[u8]>) -> Result<Deadline, SerdeError> {
        let (time, order_id) = bytes
            .and_then(<[u8]>::split_first_chunk::<8>)
            .ok_or_else(|| SerdeError::new("wrong_length", "a deadline is eight bytes of time and an order id"))?;
        let order_id = std::str::from_utf8(order_id)
            .map_err(|error| SerdeError::new("invalid_utf8", format!("the order id of a deadline: {error}")))?;
        Ok(Deadline { at_ms: i64::from_be_bytes(*time), order_id: order_id.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(at_ms: i64, order_id: &str) -> Vec<u8> {
        let mut out = Vec::new();
        deadline_serde().serialize(&Deadline { at_ms, order_id: order_id.into() }, &mut out).unwrap();
        out
    }

    #[test]
    fn bytes_sort_by_time_and_round_trip() {
        let sorted = [bytes(0, "z"), bytes(255, "a"), bytes(256, ""), bytes(256, "a"), bytes(i64::MAX, "")];
        assert!(sorted.is_sorted());
        let deadline = Deadline { at_ms: 256, order_id: "ä".into() };
        assert_eq!(deadline_serde().deserialize(Some(&bytes(256, "ä"))).unwrap(), deadline);
        assert_eq!(deadline_serde().deserialize(Some(b"short")).unwrap_err().class(), "wrong_length");
    }

    #[test]
    fn the_bound_of_what_is_due_includes_the_present_millisecond() {
        let mut bound = Vec::new();
        deadline_serde().serialize(&Deadline::behind(1_000), &mut bound).unwrap();
        assert!(bytes(1_000, "zzz") < bound && bound < bytes(1_001, "a"));
    }
}
