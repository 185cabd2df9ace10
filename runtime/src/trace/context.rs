//! The header `traceparent` of W3C Trace Context, <https://www.w3.org/TR/trace-context/>.

use std::fmt;

use bytes::Bytes;
use tillstream_stores::Headers;

use super::id::{SpanId, TraceId, hex};

/// Header of requests and records that names their trace and the span they come from.
pub const TRACEPARENT: &str = "traceparent";

/// Header beside it with what other vendors keep there. It travels untouched.
pub const TRACESTATE: &str = "tracestate";

/// Length of the header in version 00.
const LENGTH: usize = 55;

/// Which trace a request or record belongs to, and from which of its spans it comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceContext {
    /// The trace.
    pub trace_id: TraceId,
    /// The span that what is made next has as its parent.
    pub span_id: SpanId,
    /// Whether spans of the trace are kept.
    pub sampled: bool,
}

impl TraceContext {
    /// Reads the header. What is not one is no context and no error: whoever sent it is not to be refused for it.
    ///
    /// ```
    /// use tillstream_runtime::trace::TraceContext;
    /// let context = TraceContext::parse(b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").unwrap();
    /// assert!(context.sampled);
    /// assert_eq!(context.trace_id.to_string(), "0af7651916cd43dd8448eb211c80319c");
    /// ```
    #[must_use]
    pub fn parse(header: &[u8]) -> Option<Self> {
        let field = |from: usize, to: usize| header.get(from..to).and_then(hex);
        let fits = match field(0, 2)? {
            0 => header.len() == LENGTH,
            // Forbidden.
            0xff => false,
            // Later versions begin with the same four fields.
            _ => matches!(header.get(LENGTH), None | Some(b'-')),
        };
        let dashes = [2, 35, 52].iter().all(|place| header.get(*place) == Some(&b'-'));
        if !fits || !dashes {
            return None;
        }
        Some(Self {
            trace_id: TraceId::new(field(3, 35)?)?,
            span_id: SpanId::new(u64::try_from(field(36, 52)?).ok()?)?,
            sampled: field(53, LENGTH)? & 1 == 1,
        })
    }

    /// The context among a record's headers; with several, the last.
    #[must_use]
    pub fn of(headers: &Headers) -> Option<Self> {
        headers.get(TRACEPARENT).and_then(|header| Self::parse(header))
    }

    /// The context among a record's headers, if the trace's spans are kept.
    #[must_use]
    pub fn sampled_of(headers: &Headers) -> Option<Self> {
        Self::of(headers).filter(|context| context.sampled)
    }

    /// The same trace as seen from another of its spans.
    #[must_use]
    pub fn at(self, span_id: SpanId) -> Self {
        Self { span_id, ..self }
    }

    /// The header's value.
    #[must_use]
    pub fn to_header(self) -> Bytes {
        self.to_string().into()
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{}-{}-{:02x}", self.trace_id, self.span_id, u8::from(self.sampled))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

    use proptest::prelude::*;

    use super::*;

    /// The examples of the recommendation, and what it says of later versions.
    #[test]
    fn the_examples_of_the_recommendation_are_read() {
        let sampled = TraceContext::parse(b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").unwrap();
        assert_eq!(sampled.to_string(), "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        assert!(!TraceContext::parse(b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00").unwrap().sampled);
        // Flags that nobody knows are not passed on.
        let flags = TraceContext::parse(b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff").unwrap();
        assert_eq!(flags, sampled);
        for later in [
            &b"01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"[..],
            b"cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-the-future-will-be-like",
        ] {
            assert_eq!(TraceContext::parse(later), Some(sampled));
        }
    }

    #[test]
    fn junk_is_no_context() {
        for junk in [
            "",
            "00",
            "hello",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 ",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "0x-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.what",
            "00-4bf92f3577b34da6a3ce929d0e0e473ü-0f067aa0ba902b7-01",
        ] {
            assert_eq!(TraceContext::parse(junk.as_bytes()), None, "{junk}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_are_an_error_and_what_is_written_is_read(bytes: Vec<u8>, trace: u128, span: u64, sampled: bool) {
            let _ = TraceContext::parse(&bytes);
            let (Some(trace_id), Some(span_id)) = (TraceId::new(trace), SpanId::new(span)) else { return Ok(()) };
            let context = TraceContext { trace_id, span_id, sampled };
            prop_assert_eq!(TraceContext::parse(&context.to_header()), Some(context));
            // Cut anywhere it is none.
            let cut = (span % LENGTH as u64) as usize;
            prop_assert_eq!(TraceContext::parse(&context.to_header()[..cut]), None);
        }
    }
}
