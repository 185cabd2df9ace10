//! What the application does: counts words and sums their amounts in windows, both behind one repartition topic.

use tillstream_stores::{i64_be, nullable, u64_be, utf8};
use tillstream_topology::{
    Consumed, Grouped, Materialized, Produced, Repartitioned, StreamsBuilder, TimeWindows, Topology,
};

pub(crate) const EVENTS: &str = "events";
pub(crate) const COUNTED: &str = "counted";
pub(crate) const DEAD_LETTERS: &str = "dead-letters";
pub(crate) const COUNTS: &str = "counts";
pub(crate) const SUMS: &str = "sums";
pub(crate) const BY_WORD: &str = "by-word";

/// Length of a window, ms.
pub(crate) const SIZE: i64 = 1_000;
/// How much later than its window's end an event may come, ms.
pub(crate) const GRACE: i64 = 500;

pub(crate) fn word_statistics() -> Topology {
    let builder = StreamsBuilder::new();
    let by_word = builder
        .stream(EVENTS, Consumed::with(utf8(), utf8()))
        .select_key(|_, value: &String| parts(value).0.to_owned())
        .repartition(Repartitioned::with(utf8(), utf8()).named(BY_WORD))
        .group_by_key(Grouped::with(utf8(), utf8()));
    // Every count is handed on, so that one too many or one too few is seen where it happens.
    by_word
        .count(Materialized::named_with(COUNTS, u64_be()).caching(false))
        .to_stream()
        .to(COUNTED, Produced::with(utf8(), nullable(u64_be())));
    by_word.windowed_by(TimeWindows::of_size(SIZE).grace(GRACE)).aggregate(
        || 0,
        |_, value, sum| sum + parts(&value).1,
        Materialized::named_with(SUMS, i64_be()).retention_ms(i64::from(i32::MAX)),
    );
    builder.build().unwrap()
}

fn parts(value: &str) -> (&str, i64) {
    let (word, amount) = value.split_once(':').unwrap();
    (word, amount.parse().unwrap())
}
