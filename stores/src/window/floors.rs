//! Where in its changelog the live rows of a window store begin.

use crate::WindowOptions;

/// Spans that a retention is divided into, at most: what is kept for longer is given up in larger pieces.
const SPANS: i64 = 16;
/// Spans that are kept apart. There are more only where rows are far ahead of the time that retention counts from.
const MAX_SPANS: usize = 64;
const SPAN_BYTES: usize = 16;
/// Of the layout in which they are saved. Tells none from never saved.
const VERSION: u8 = 2;

/// Whole segments that are given up together, and where their first row lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    /// The segment behind its last.
    end: i64,
    /// Its rows lie at this offset of the changelog or behind.
    from: i64,
}

/// Where in the changelog the rows of each span of time begin: before the first of the live ones, nothing is needed.
///
/// A changelog is compacted, not aged, so somebody has to say what nobody will ask for. A tombstone for each row would do, and
/// would be as much work as the row; rows that come about in the order of their times need no more than a few offsets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Floors {
    /// By `end`, ascending.
    spans: Vec<Span>,
    /// Ends of spans that got their first rows, the offsets of which are not known yet.
    fresh: Vec<i64>,
}

impl Floors {
    /// A row was put into `segment`.
    pub(super) fn note(&mut self, segment: i64, options: &WindowOptions) {
        let segments = span_segments(options);
        let end = (segment / segments + 1).saturating_mul(segments);
        let known = self.spans.iter().any(|span| span.end == end) || self.fresh.contains(&end);
        if !known {
            self.fresh.push(end);
        }
    }

    /// What was noted lies at offset `from` or behind.
    pub(super) fn settle(&mut self, from: i64) {
        for end in self.fresh.drain(..) {
            let place = self.spans.partition_point(|span| span.end < end);
            self.spans.insert(place, Span { end, from });
        }
        while self.spans.len() > MAX_SPANS {
            let Some(last) = self.spans.pop() else { return };
            // The last two go together, as late as the later of them.
            if let Some(span) = self.spans.last_mut() {
                *span = Span { end: last.end, from: span.from.min(last.from) };
            }
        }
    }

    /// Forgets what was noted and not settled.
    pub(super) fn discard(&mut self) {
        self.fresh.clear();
    }

    /// No row before `segment` is live any more.
    pub(super) fn expire_before(&mut self, segment: i64) {
        self.spans.retain(|span| span.end > segment);
    }

    /// The offset of the changelog before which no live row lies; `None`: there is no live row.
    pub(crate) fn first(&self) -> Option<i64> {
        self.spans.iter().map(|span| span.from).min()
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        for span in &self.spans {
            [span.end, span.from].iter().for_each(|number| out.extend_from_slice(&number.to_be_bytes()));
        }
    }

    /// Of a store whose newest row lies in `segment` and of which nothing else is known: all of its changelog is needed until
    /// that row expires.
    pub(super) fn unknown(segment: i64) -> Self {
        Self { spans: vec![Span { end: segment.saturating_add(1), from: 0 }], fresh: Vec::new() }
    }

    /// `None` where the bytes are not what [`Floors::encode`] wrote.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut spans = Vec::with_capacity(bytes.len() / SPAN_BYTES);
        let (&VERSION, mut rest) = bytes.split_first()? else { return None };
        while !rest.is_empty() {
            let (end, behind) = rest.split_first_chunk()?;
            let (from, behind) = behind.split_first_chunk()?;
            let [end, from] = [end, from].map(|number| i64::from_be_bytes(*number));
            spans.push(Span { end, from });
            rest = behind;
        }
        Some(Self { spans, fresh: Vec::new() })
    }
}

/// Segments of a span.
fn span_segments(options: &WindowOptions) -> i64 {
    let segments = options.retention_ms / options.segment_ms().max(1);
    (segments / SPANS + 1).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOURLY: WindowOptions =
        WindowOptions { retention_ms: 7_200_000, window_size_ms: 1_000, retain_duplicates: false };

    fn floors(rows: &[(i64, i64)]) -> Floors {
        let mut floors = Floors::default();
        for (segment, offset) in rows {
            floors.note(*segment, &HOURLY);
            floors.settle(*offset);
        }
        floors
    }

    #[test]
    fn live_rows_begin_with_the_first_row_of_any_live_span() {
        let mut floors = floors(&[(5, 100), (7, 200), (6, 300), (5, 400)]);
        assert_eq!(floors.first(), Some(100));
        floors.expire_before(6);
        assert_eq!(floors.first(), Some(200), "the one that came first, though it is later in time");
        floors.expire_before(8);
        assert_eq!(floors.first(), None);
    }

    #[test]
    fn what_is_written_is_read() {
        let floors = floors(&[(5, 100), (-1, 200), (6, i64::MAX - 10)]);
        let mut bytes = Vec::new();
        floors.encode(&mut bytes);
        assert_eq!(Floors::decode(&bytes), Some(floors));
        assert_eq!(Floors::decode(&bytes[1..]), None);
    }

    #[test]
    fn spans_are_few_however_long_rows_are_kept_and_however_far_ahead_they_are() {
        let ten_years = WindowOptions { retention_ms: 315_360_000_000, ..HOURLY };
        let mut floors = Floors::default();
        for segment in 0..3_650 {
            floors.note(segment, &ten_years);
            floors.settle(segment);
        }
        assert!(floors.spans.len() <= 17, "{}", floors.spans.len());
        let far = (0..1_000).map(|number| (number * 1_000, number)).collect::<Vec<_>>();
        let mut floors = self::floors(&far);
        assert_eq!(floors.spans.len(), MAX_SPANS);
        floors.expire_before(999_000);
        assert_eq!(floors.first(), Some(63), "those that went together");
    }
}
