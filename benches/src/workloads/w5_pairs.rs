//! W5: how often two products are in one basket. One record for each product of a basket crosses the repartition topic,
//! with all its later partners, instead of one for each pair.

use std::sync::Arc;

use compact_str::{CompactString, format_compact};
use tillstream_topology::stores::{nullable, text, u64_be, unit, utf8};
use tillstream_topology::{Grouped, KStream, Materialized, Produced, Repartitioned};

use super::events::Order;

pub(super) fn build(orders: &KStream<CompactString, Arc<Order>>, prefix: &str) {
    orders
        .flat_map(|_, order| {
            let mut skus: Vec<&str> = order.lines.iter().map(|line| line.sku.as_str()).collect();
            skus.sort_unstable();
            let partners = |place: usize| skus.get(place + 1..).unwrap_or_default().join(",");
            skus.iter()
                .enumerate()
                .take(skus.len().saturating_sub(1))
                .map(|(place, sku)| (CompactString::from(*sku), partners(place)))
                .collect::<Vec<_>>()
        })
        .repartition(Repartitioned::with(text(), utf8()).named("w5-pairs"))
        .flat_map(|sku, partners: String| {
            partners.split(',').map(|partner| (format_compact!("{sku}|{partner}"), ())).collect::<Vec<_>>()
        })
        .mark_as_partitioned()
        .group_by_key(Grouped::with(text(), unit()))
        .count(Materialized::named_with("w5-counts", u64_be()))
        .to_stream()
        .to(&format!("{prefix}-w5"), Produced::with(text(), nullable(u64_be())));
}
