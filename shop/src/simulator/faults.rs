//! What goes wrong between a good service and the log.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::SimulatorConfig;
use crate::ShopRecord;

/// How late a late record is at most, in milliseconds.
const LATE_MS: i64 = 600_000;
/// After how long at most a record is sent again, in milliseconds at the pace of life.
const AGAIN_MS: f64 = 30_000.0;

/// Faults at the configured shares, drawn from a generator of their own.
#[derive(Debug)]
pub(super) struct Faults {
    rng: ChaCha8Rng,
    late_share: f64,
    duplicate_share: f64,
    malformed_share: f64,
    again_ms: i64,
    start_ms: i64,
}

impl Faults {
    pub(super) fn new(config: &SimulatorConfig) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(config.seed);
        rng.set_stream(1);
        Self {
            rng,
            late_share: config.late_share,
            duplicate_share: config.duplicate_share,
            malformed_share: config.malformed_share,
            again_ms: (AGAIN_MS * config.pace()) as i64 + 1,
            start_ms: config.start_ms,
        }
    }

    /// The event time of a record published at `due_ms`: that time, or up to ten minutes before,
    /// though never before the opening.
    pub(super) fn event_time(&mut self, due_ms: i64) -> i64 {
        if self.late_share > 0.0 && self.rng.random_bool(self.late_share) {
            (due_ms - self.rng.random_range(1..=LATE_MS)).max(self.start_ms)
        } else {
            due_ms
        }
    }

    /// The records that a record brings with it, each with its delay in milliseconds.
    pub(super) fn of(&mut self, record: &ShopRecord) -> impl Iterator<Item = (i64, ShopRecord)> + use<> {
        let duplicate = (self.duplicate_share > 0.0 && self.rng.random_bool(self.duplicate_share))
            .then(|| (self.rng.random_range(1..=self.again_ms), record.clone()));
        let malformed = (self.malformed_share > 0.0 && self.rng.random_bool(self.malformed_share))
            .then(|| (0, damaged(record, self.rng.random_range(0..DAMAGES))));
        duplicate.into_iter().chain(malformed)
    }
}

/// Kinds of damage.
const DAMAGES: u32 = 6;

/// The record with a payload that every decoder must refuse.
fn damaged(record: &ShopRecord, kind: u32) -> ShopRecord {
    let mut value = record.value.clone();
    match kind {
        0 => value.truncate(value.len() / 2),
        1 => value.extend_from_slice(b"}"),
        2 => value.extend_from_slice(&[0xFF, 0xFE]),
        3 => value = replaced(&value, "\"eventId\":", "\"eventIt\":"),
        4 => value = replaced(&value, "\"type\":\"", "\"type\":\"Un"),
        _ => value = replaced(&value, "\"at\":\"", "\"at\":\"~"),
    }
    ShopRecord { value, ..record.clone() }
}

fn replaced(value: &[u8], from: &str, to: &str) -> Vec<u8> {
    String::from_utf8_lossy(value).replacen(from, to, 1).into_bytes()
}

#[cfg(test)]
mod tests {
    use tillstream_models::events::{Envelope, Event, OrderConfirmed, OrderEvent};

    use super::*;

    #[test]
    fn every_damage_is_refused_for_its_reason() {
        let envelope = Envelope::new("e", 0);
        let event = OrderEvent::Confirmed(OrderConfirmed { envelope, order_id: "o".into() });
        let record = ShopRecord::of(&event);
        let classes =
            (0..DAMAGES).map(|kind| OrderEvent::decode(&damaged(&record, kind).value).err().map(|error| error.class()));
        let expected =
            ["invalid_json", "invalid_json", "invalid_utf8", "missing_field", "unknown_type", "invalid_timestamp"];
        assert!(classes.eq(expected.map(Some)));
    }
}
