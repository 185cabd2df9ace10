//! The event ids an order has seen, kept in its own row.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// Ids remembered for one order. The life of an order has some ten events; the bound keeps a key with a million events
/// from growing without end.
const REMEMBERED: usize = 64;

/// Fingerprints of the last event ids of one order with those of their payloads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct SeenEvents(VecDeque<(u64, u64)>);

/// Whether an event is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// It was not seen before, and is now.
    New,
    /// The same event again.
    Repeat,
    /// Another event under the same id.
    Conflict,
}

impl SeenEvents {
    /// Looks an event up by the fingerprints of its id and payload, and remembers it when it is new.
    pub(crate) fn meet(&mut self, id: u64, fingerprint: u64) -> Seen {
        match self.0.iter().find(|(known, _)| *known == id) {
            Some((_, payload)) if *payload == fingerprint => Seen::Repeat,
            Some(_) => Seen::Conflict,
            None => {
                if self.0.len() >= REMEMBERED {
                    self.0.pop_front();
                }
                self.0.push_back((id, fingerprint));
                Seen::New
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_and_conflicts_are_told_apart_and_the_list_is_bounded() {
        let mut seen = SeenEvents::default();
        assert_eq!([seen.meet(1, 10), seen.meet(1, 10), seen.meet(1, 11)], [Seen::New, Seen::Repeat, Seen::Conflict]);
        assert_eq!(seen.meet(1, 10), Seen::Repeat, "the first payload stands");
        for id in 2..=REMEMBERED as u64 {
            assert_eq!(seen.meet(id, 0), Seen::New);
        }
        assert_eq!(seen.meet(1, 10), Seen::Repeat);
        assert_eq!(seen.meet(1_000, 0), Seen::New);
        assert_eq!(seen.0.len(), REMEMBERED);
        assert_eq!(seen.meet(1, 10), Seen::New, "the oldest was forgotten");
    }
}
