//! Stores that a case hands to its processors.

use tillstream_topology::stores::{
    Backend, ChangelogMode, Format, KeyValueBuilder, ListingOrder, SessionBuilder, StoreOptions, WindowBuilder,
    WindowOptions,
};

use super::{Maker, Op};
use crate::CaseError;
use crate::key::key_serde;
use crate::value::value_serde;

impl Maker<'_> {
    pub(super) fn add_store(&self, op: Op<'_>) -> Result<(), CaseError> {
        let kind = op.need("kind")?;
        let backend = self.backend(op)?.unwrap_or(Backend::Rocks);
        let options = StoreOptions {
            backend,
            format: if kind == "timestamped_kv" { Format::Timestamped } else { Format::Plain },
            logging: op.truth("logging").unwrap_or(true),
            caching: op.truth("caching").unwrap_or(false) && self.has_cache(),
            changelog_mode: ChangelogMode::EveryPut,
            ..StoreOptions::new(op.need("name")?)
        };
        match kind {
            "kv" | "timestamped_kv" => {
                self.builder.add_key_value_store(KeyValueBuilder::new(options, key_serde(), value_serde()));
            }
            "window" => {
                let windows = WindowOptions {
                    retention_ms: op.number("retention_ms").unwrap_or(0),
                    window_size_ms: op.number("window_ms").unwrap_or(0),
                    retain_duplicates: op.truth("retain_duplicates").unwrap_or(false),
                };
                let builder = WindowBuilder::new(options, windows, key_serde(), value_serde());
                self.builder.add_window_store(builder.listed(listing_order(op)));
            }
            "session" => {
                let retention_ms = op.number("retention_ms").unwrap_or(0);
                let builder = SessionBuilder::new(options, retention_ms, key_serde(), value_serde());
                self.builder.add_session_store(builder.listed(listing_order(op)));
            }
            other => return Err(CaseError::meaning(format!("no stores of kind {other}"))),
        }
        Ok(())
    }
}

/// Kafka Streams' stores in memory list by time, the others by segment.
fn listing_order(op: Op<'_>) -> ListingOrder {
    match op.text("store_type") {
        Some("in_memory") => ListingOrder::TimeThenKey,
        _ => ListingOrder::SegmentThenKey,
    }
}
