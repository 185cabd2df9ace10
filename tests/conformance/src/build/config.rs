//! Settings of a case.

use tillstream_topology::stores::{Backend, ChangelogMode};
use tillstream_topology::{Optimization, TopologyConfig};

use crate::{Case, CaseError};

/// Where stores keep committed rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AllStores {
    /// Each where the case says.
    AsStated,
    /// All of them there.
    On(Backend),
}

impl AllStores {
    /// The backend for a store the case puts on `stated`.
    pub(crate) fn or(self, stated: Option<Backend>) -> Option<Backend> {
        match self {
            Self::AsStated => stated,
            Self::On(backend) => Some(backend),
        }
    }
}

pub(super) fn of(case: &Case, all: AllStores) -> Result<TopologyConfig, CaseError> {
    let suppliers = match case.setting("dsl.store.suppliers.class").as_deref() {
        None | Some("rocksdb") => Backend::Rocks,
        Some("in_memory") => Backend::Memory,
        Some(other) => return Err(CaseError::meaning(format!("unknown store suppliers {other}"))),
    };
    Ok(TopologyConfig {
        caching: has_cache(case),
        backend: all.or(None).unwrap_or(suppliers),
        changelog_mode: ChangelogMode::EveryPut,
        cache_bytes_per_store: 1 << 20,
        optimization: optimization(case)?,
        join_emit_interval_ms: case
            .number("__emit.interval.ms.kstreams.outer.join.spurious.results.fix__")
            .unwrap_or(0),
        explicit_names: case.setting("ensure.explicit.internal.resource.naming").as_deref() == Some("true"),
    })
}

pub(super) fn has_cache(case: &Case) -> bool {
    case.number("statestore.cache.max.bytes").unwrap_or(0) > 0
}

fn optimization(case: &Case) -> Result<Optimization, CaseError> {
    let mut optimization = Optimization::default();
    let wanted = case.setting("topology.optimization").unwrap_or_else(|| "none".to_owned());
    for word in wanted.split(',').map(str::trim) {
        match word {
            "none" => {}
            "all" => optimization = Optimization::ALL,
            "reuse.ktable.source.topics" => optimization.reuse_source_topics = true,
            "merge.repartition.topics" => optimization.merge_repartition_topics = true,
            "single.store.self.join" => optimization.self_join = true,
            other => return Err(CaseError::meaning(format!("unknown optimization {other}"))),
        }
    }
    Ok(optimization)
}
