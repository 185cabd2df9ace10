//! Event time per sender: what a record in a repartition topic tells of the task that sent it.
//!
//! A receiver that took the highest time it had seen as *the* time would call records late merely because another sender is
//! read faster. So each record carries its sender's own time, by which alone it is judged, and windows are closed by the
//! slowest sender: the watermark.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::graph::TimeCell;

/// Header that carries a [`SenderMark`] on records of repartition topics.
pub const SENDER_HEADER: &str = "tillstream.sender";

/// Who sent a record, and how far in event time it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderMark {
    /// Partition of the sending task.
    pub sender: u32,
    /// Highest event time the task had sent into the topic, epoch ms.
    pub time: i64,
    /// The sender's sources are at their end for a while: it stands aside until it sends again.
    pub idle: bool,
}

impl SenderMark {
    /// Bytes of the header.
    pub fn encode(&self) -> [u8; 13] {
        let mut out = [0; 13];
        let (sender, rest) = out.split_at_mut(4);
        sender.copy_from_slice(&self.sender.to_be_bytes());
        let (time, idle) = rest.split_at_mut(8);
        time.copy_from_slice(&self.time.to_be_bytes());
        idle.copy_from_slice(&[u8::from(self.idle)]);
        out
    }

    /// Reads the header; `None` if it is not one.
    pub fn decode(bytes: &Bytes) -> Option<Self> {
        let (sender, rest) = bytes.split_first_chunk::<4>()?;
        let (time, rest) = rest.split_first_chunk::<8>()?;
        let [idle] = rest else { return None };
        Some(Self { sender: u32::from_be_bytes(*sender), time: i64::from_be_bytes(*time), idle: *idle != 0 })
    }
}

/// Times of all senders into one partition, each saved with the task's state.
#[derive(Debug, Default)]
pub(crate) struct SenderTimes {
    pub(crate) expected: u32,
    heard: BTreeMap<u32, Heard>,
}

#[derive(Debug)]
struct Heard {
    time: TimeCell,
    idle: bool,
}

impl SenderTimes {
    /// Takes note of a mark; `cell` gives the saved time of a sender not heard before.
    pub(crate) fn hear(&mut self, mark: SenderMark, cell: impl FnOnce() -> TimeCell) {
        let known = self.heard.entry(mark.sender).or_insert_with(|| Heard { time: cell(), idle: false });
        known.time.set(known.time.get().max(mark.time));
        known.idle = mark.idle;
    }

    /// The slowest sender's time; `i64::MIN` until each was heard. Idle senders stand aside unless all are idle.
    pub(crate) fn watermark(&self) -> i64 {
        if (self.heard.len() as u64) < u64::from(self.expected) {
            return i64::MIN;
        }
        let active = self.heard.values().filter(|heard| !heard.idle).map(|heard| heard.time.get()).min();
        active.or_else(|| self.heard.values().map(|heard| heard.time.get()).max()).unwrap_or(i64::MIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(sender: u32, time: i64, idle: bool) -> SenderMark {
        SenderMark { sender, time, idle }
    }

    #[test]
    fn a_mark_survives_its_bytes() {
        let mark = mark(7, -3, true);
        assert_eq!(SenderMark::decode(&Bytes::copy_from_slice(&mark.encode())), Some(mark));
        assert_eq!(SenderMark::decode(&Bytes::from_static(b"short")), None);
    }

    #[test]
    fn the_slowest_sender_sets_the_watermark_and_an_idle_one_stands_aside() {
        let mut times = SenderTimes { expected: 2, ..SenderTimes::default() };
        let hear = |times: &mut SenderTimes, mark| times.hear(mark, TimeCell::default);
        hear(&mut times, mark(0, 100, false));
        assert_eq!(times.watermark(), i64::MIN, "sender 1 was not heard yet");
        hear(&mut times, mark(1, 40, false));
        assert_eq!(times.watermark(), 40);
        hear(&mut times, mark(1, 40, true));
        assert_eq!(times.watermark(), 100);
        hear(&mut times, mark(1, 50, false));
        assert_eq!(times.watermark(), 50);
    }
}
