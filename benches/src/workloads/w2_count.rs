//! W2: group by user, count, write every update.

use tillstream_topology::stores::{bytes, nullable, u64_be, utf8};
use tillstream_topology::{Consumed, Grouped, Materialized, Produced, StreamsBuilder};

pub(super) fn build(builder: &StreamsBuilder, activity: &str, prefix: &str) {
    builder
        .stream(activity, Consumed::with(utf8(), bytes()))
        .group_by_key(Grouped::with(utf8(), bytes()))
        .count(Materialized::named_with("w2-counts", u64_be()))
        .to_stream()
        .to(&format!("{prefix}-w2"), Produced::with(utf8(), nullable(u64_be())));
}
