//! Histories as compact bytes: each product once with its touches, times as differences.

use std::sync::Arc;

use tillstream_stores::{Serde, SerdeError, SharedSerde};

use super::history::History;
use super::touch::{Touch, TouchKind};
use crate::varint::{put_i64, put_text, put_u64, take_i64, take_text, take_u64};

/// The first byte; a reader refuses any other.
const VERSION: u8 = 1;

struct HistorySerde;

/// Version, then for each product its id, the number of its touches and those: kind, time, units.
#[must_use]
pub fn history_serde() -> SharedSerde<History> {
    Arc::new(HistorySerde)
}

impl Serde<History> for HistorySerde {
    fn serialize(&self, history: &History, out: &mut Vec<u8>) -> Result<bool, SerdeError> {
        out.push(VERSION);
        for (product, touches) in history.products() {
            put_text(product, out);
            put_u64(touches.len() as u64, out);
            let mut before = 0;
            for (_, Touch { at_ms, kind, units }) in touches {
                put_u64(kind.code(), out);
                put_i64(at_ms.wrapping_sub(before), out);
                put_u64(u64::from(*units), out);
                before = *at_ms;
            }
        }
        Ok(true)
    }

    fn deserialize(&self, bytes: Option<&[u8]>) -> Result<History, SerdeError> {
        bytes.and_then(decode).ok_or_else(|| SerdeError::new("invalid_history", "not a customer's history"))
    }
}

fn decode(bytes: &[u8]) -> Option<History> {
    let (version, mut bytes) = bytes.split_first()?;
    if *version != VERSION {
        return None;
    }
    let mut all = Vec::new();
    while !bytes.is_empty() {
        let product: Arc<str> = take_text(&mut bytes)?.into();
        let mut before = 0_i64;
        for _ in 0..take_u64(&mut bytes)? {
            let kind = TouchKind::of(take_u64(&mut bytes)?)?;
            before = before.wrapping_add(take_i64(&mut bytes)?);
            let units = u32::try_from(take_u64(&mut bytes)?).ok()?;
            all.push((Arc::clone(&product), Touch { at_ms: before, kind, units }));
        }
    }
    History::from_sorted(all)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn histories_round_trip(
            touches in prop::collection::vec(("[a-c]{1,2}", any::<i64>(), 0..6_u64, any::<u32>()), 0..20),
        ) {
            let touch = |(product, at_ms, kind, units): &(String, i64, u64, u32)| {
                (Arc::from(product.as_str()), Touch { at_ms: *at_ms, kind: TouchKind::of(*kind).unwrap(), units: *units })
            };
            let history: History = touches.iter().map(touch).collect();
            let mut out = Vec::new();
            history_serde().serialize(&history, &mut out).unwrap();
            prop_assert_eq!(history_serde().deserialize(Some(&out)).unwrap(), history);
            out.push(1);
            prop_assert!(history_serde().deserialize(Some(&out)).is_err());
        }
    }

    #[test]
    fn other_versions_and_junk_are_refused() {
        for bytes in [&b""[..], b"\x02", b"\x01\x01a\x01\x09\x00\x00", b"\x01\x01a\xff\xff\xff\xff\x0f"] {
            assert!(history_serde().deserialize(Some(bytes)).is_err(), "{bytes:?}");
        }
    }
}
