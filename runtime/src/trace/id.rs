//! Names of traces and spans: never all zeros, and made of what they are about rather than of chance.

use std::fmt;
use std::num::{NonZeroU64, NonZeroU128};
use std::str::FromStr;

use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

/// A trace: 16 bytes, written as 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TraceId(NonZeroU128);

/// A span of a trace: 8 bytes, written as 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpanId(NonZeroU64);

/// Text that names no trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a trace id; expected 32 lower-case hexadecimal digits, not all zero")]
pub struct TraceIdError;

impl TraceId {
    /// The trace about `subject`, the same each time.
    ///
    /// ```
    /// use tillstream_runtime::trace::TraceId;
    /// assert_eq!(TraceId::about(b"o-1"), TraceId::about(b"o-1"));
    /// assert_ne!(TraceId::about(b"o-1"), TraceId::about(b"o-2"));
    /// ```
    #[must_use]
    pub fn about(subject: &[u8]) -> Self {
        Self(NonZeroU128::new(xxh3_128(subject)).unwrap_or(NonZeroU128::MIN))
    }

    /// Whether the trace is among the `share` (0 to 1) of all traces that are followed. Ids are spread evenly.
    #[must_use]
    pub fn is_in_share(self, share: f64) -> bool {
        // 53 bits: as many as a float tells apart.
        const SCALE: f64 = (1_u64 << 53) as f64;
        let place = (self.0.get() as u64 >> 11) as f64 / SCALE;
        place < share
    }

    /// The bytes, most significant first.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 16] {
        self.0.get().to_be_bytes()
    }

    pub(super) fn new(id: u128) -> Option<Self> {
        NonZeroU128::new(id).map(Self)
    }
}

impl SpanId {
    /// The span of `trace` that `parts` tell from its others.
    #[must_use]
    pub fn within(trace: TraceId, parts: &[&[u8]]) -> Self {
        let mut bytes = Vec::with_capacity(128);
        bytes.extend_from_slice(&trace.to_bytes());
        for part in parts {
            // The length keeps ("ab", "c") and ("a", "bc") apart.
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part);
        }
        Self(NonZeroU64::new(xxh3_64(&bytes)).unwrap_or(NonZeroU64::MIN))
    }

    /// The bytes, most significant first.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 8] {
        self.0.get().to_be_bytes()
    }

    pub(super) fn new(id: u64) -> Option<Self> {
        NonZeroU64::new(id).map(Self)
    }
}

/// The number that lower-case hexadecimal digits stand for.
pub(super) fn hex(digits: &[u8]) -> Option<u128> {
    digits.iter().try_fold(0_u128, |number, digit| {
        let digit = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(number.checked_mul(16)? | u128::from(digit))
    })
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for TraceId {
    type Err = TraceIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let id = Some(text.as_bytes()).filter(|digits| digits.len() == 32).and_then(hex);
        id.and_then(Self::new).ok_or(TraceIdError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_as_they_are_written() {
        let id = TraceId::about(b"o-1");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.to_string().len(), 32);
        for text in ["", "0", "00000000000000000000000000000000", "0AF7651916CD43DD8448EB211C80319C", "é"] {
            assert_eq!(text.parse::<TraceId>(), Err(TraceIdError), "{text}");
        }
    }

    #[test]
    fn a_share_of_the_traces_is_followed() {
        let followed =
            |share| (0..10_000).filter(|n: &u32| TraceId::about(&n.to_be_bytes()).is_in_share(share)).count();
        assert_eq!((followed(0.0), followed(1.0)), (0, 10_000));
        let tenth = followed(0.1);
        assert!((900..1_100).contains(&tenth), "{tenth}");
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        let trace = TraceId::about(b"o-1");
        assert_ne!(SpanId::within(trace, &[b"ab", b"c"]), SpanId::within(trace, &[b"a", b"bc"]));
        assert_ne!(SpanId::within(trace, &[b"a"]), SpanId::within(TraceId::about(b"o-2"), &[b"a"]));
    }
}
