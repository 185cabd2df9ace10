//! What the stores and the log have of the memory they share, as it is when somebody asks.

use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{IntGaugeVec, Opts};
use tillstream_stores::rocks::Resources;

/// Gauges that are read at each scrape.
pub(super) struct MemoryGauges {
    resources: Resources,
    bytes: IntGaugeVec,
}

impl MemoryGauges {
    /// # Errors
    /// None in practice: the name is valid.
    pub(super) fn new(resources: Resources) -> Result<Self, prometheus::Error> {
        let help = "Memory of stores and log, by use: budget (state.memory), cache (blocks, and the charge for write \
                    buffers), pinned (of the cache, in use now), write_buffers";
        let bytes = IntGaugeVec::new(Opts::new("tillstream_store_memory_bytes", help), &["use"])?;
        Ok(Self { resources, bytes })
    }
}

impl Collector for MemoryGauges {
    fn desc(&self) -> Vec<&Desc> {
        self.bytes.desc()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let usage = self.resources.usage();
        for (name, bytes) in [
            ("budget", usage.memory_bytes),
            ("cache", usage.cache_bytes),
            ("pinned", usage.pinned_bytes),
            ("write_buffers", usage.write_buffer_bytes),
        ] {
            self.bytes.with_label_values(&[name]).set(i64::try_from(bytes).unwrap_or(i64::MAX));
        }
        self.bytes.collect()
    }
}
