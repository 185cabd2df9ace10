//! W2: group by user, count, write every update.

use compact_str::CompactString;
use tillstream_topology::stores::{bytes, nullable, text, u64_be};
use tillstream_topology::{Consumed, Grouped, Materialized, Produced, StreamsBuilder};

pub(super) fn build(builder: &StreamsBuilder, activity: &str, prefix: &str) {
    builder
        .stream(activity, Consumed::with(text::<CompactString>(), bytes()))
        .group_by_key(Grouped::with(text(), bytes()))
        .count(Materialized::named_with("w2-counts", u64_be()))
        .to_stream()
        .to(&format!("{prefix}-w2"), Produced::with(text(), nullable(u64_be())));
}
