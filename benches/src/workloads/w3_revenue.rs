//! W3: revenue by category and hour, one hour of grace, combined before the repartition topic.

use std::sync::Arc;

use compact_str::CompactString;
use tillstream_stores::{Serde, SerdeError, SharedSerde};
use tillstream_topology::stores::{i64_be, text, utf8};
use tillstream_topology::{Grouped, KStream, Materialized, Produced, TimeWindows};

const HOUR_MS: i64 = 3_600_000;

/// Sum of minor units and number of lines, 16 bytes.
#[derive(Clone, Copy)]
struct SumCount {
    sum: i64,
    count: i64,
}

struct SumCountSerde;

impl Serde<SumCount> for SumCountSerde {
    fn serialize(&self, value: &SumCount, out: &mut Vec<u8>) -> Result<bool, SerdeError> {
        out.extend_from_slice(&value.sum.to_be_bytes());
        out.extend_from_slice(&value.count.to_be_bytes());
        Ok(true)
    }

    fn deserialize(&self, bytes: Option<&[u8]>) -> Result<SumCount, SerdeError> {
        let parse = |bytes: &[u8]| {
            let (sum, rest) = bytes.split_first_chunk()?;
            let (count, _) = rest.split_first_chunk()?;
            Some(SumCount { sum: i64::from_be_bytes(*sum), count: i64::from_be_bytes(*count) })
        };
        bytes.and_then(parse).ok_or_else(|| SerdeError::new("length", "a sum and a count take 16 bytes"))
    }
}

/// `amounts`: what each line of an order costs, by category.
pub(super) fn build(amounts: &KStream<CompactString, i64>, grace_ms: i64, prefix: &str) {
    let sum_count: SharedSerde<SumCount> = Arc::new(SumCountSerde);
    let add = |a: SumCount, b: SumCount| SumCount { sum: a.sum + b.sum, count: a.count + b.count };
    amounts
        .group_by_key(Grouped::with(text(), i64_be()).named("w3-by-category"))
        .windowed_by(TimeWindows::of_size(HOUR_MS).grace(grace_ms))
        .aggregate_merging(
            || SumCount { sum: 0, count: 0 },
            move |_, amount, sum| Ok(add(sum, SumCount { sum: amount, count: 1 })),
            move |_, whole, part| Ok(add(whole, part)),
            Materialized::named_with("w3-revenue", sum_count),
        )
        .to_stream()
        .map(|window, row| {
            let row = row.unwrap_or(SumCount { sum: 0, count: 0 });
            let key = format!("{}@{}", window.key, window.window.start);
            (key, format!("{{\"sum\":{},\"count\":{}}}", row.sum, row.count))
        })
        .to(&format!("{prefix}-w3"), Produced::with(utf8(), utf8()));
}
