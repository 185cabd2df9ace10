//! What a window store remembers about time, saved with its rows.

use crate::WindowOptions;
use crate::layout::segment_of;

/// Times of a window store, epoch ms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WindowTimes {
    /// Retention counts from here; -1 before the first row.
    pub(crate) observed: i64,
    /// Highest start ever written: later ones need not be looked up. -1 before the first row.
    pub(crate) newest: i64,
    /// First segment that was not expired yet.
    pub(crate) live_from: i64,
    /// Number of the last row of a store that keeps duplicates.
    pub(crate) seq: u32,
    /// Whether puts move the observed time; otherwise the owner hands it in.
    pub(crate) follows_puts: bool,
}

const BYTES: usize = 29;

impl WindowTimes {
    pub(crate) const START: Self = Self { observed: -1, newest: -1, live_from: 0, seq: 0, follows_puts: true };

    pub(crate) fn encode(self) -> Vec<u8> {
        let mut out = Vec::with_capacity(BYTES);
        out.extend_from_slice(&self.observed.to_be_bytes());
        out.extend_from_slice(&self.newest.to_be_bytes());
        out.extend_from_slice(&self.live_from.to_be_bytes());
        out.extend_from_slice(&self.seq.to_be_bytes());
        out.push(u8::from(self.follows_puts));
        out
    }

    /// The times, and the bytes behind them; `None` where they are not what [`WindowTimes::encode`] wrote.
    pub(crate) fn decode(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (observed, rest) = bytes.split_first_chunk()?;
        let (newest, rest) = rest.split_first_chunk()?;
        let (live_from, rest) = rest.split_first_chunk()?;
        let (seq, rest) = rest.split_first_chunk()?;
        let [follows_puts @ (0 | 1), rest @ ..] = rest else { return None };
        let times = Self {
            observed: i64::from_be_bytes(*observed),
            newest: i64::from_be_bytes(*newest),
            live_from: i64::from_be_bytes(*live_from),
            seq: u32::from_be_bytes(*seq),
            follows_puts: *follows_puts == 1,
        };
        Some((times, rest))
    }

    /// The first start that is not expired: rows at `observed - retention` and before are gone.
    pub(crate) fn first_live(self, options: &WindowOptions) -> i64 {
        self.observed.saturating_sub(options.retention_ms).saturating_add(1).max(0)
    }

    /// The first segment that still holds a live row.
    pub(crate) fn first_live_segment(self, options: &WindowOptions) -> i64 {
        segment_of(self.first_live(options), options.segment_ms())
    }

    /// The number of the next row of a store that keeps duplicates.
    pub(crate) fn next_seq(&mut self) -> i64 {
        self.seq = self.seq.wrapping_add(1) & 0x7fff_ffff;
        i64::from(self.seq)
    }
}
