//! What a case says of a processor.

use std::sync::Arc;

use serde_json::Value as Json;
use tillstream_topology::PunctuationType;

use crate::build::Op;
use crate::{CaseError, Value};

/// A processor's name, argument, store and clock.
pub(crate) struct Spec {
    pub(super) name: String,
    pub(super) arg: Value,
    pub(super) store: Option<StoreSpec>,
    pub(super) every_ms: Option<i64>,
    pub(super) start_ms: Option<i64>,
    pub(super) cancel_after: Option<i64>,
    pub(super) clock: PunctuationType,
}

/// A store and how its values are shown.
pub(crate) struct StoreSpec {
    pub(super) name: String,
    /// Kind, in the words of the cases. A `timestamped_kv` shows values with their time.
    pub(super) kind: String,
}

impl Spec {
    /// Reads the `processor` of an operator; a store not among `stores` is a table's.
    pub(crate) fn read(op: Op<'_>, stores: &[Json]) -> Result<Arc<Self>, CaseError> {
        let arg = op.field("arg").map(Value::try_from).transpose();
        Ok(Arc::new(Self {
            name: op.need("name")?.to_owned(),
            arg: arg.map_err(|error| CaseError::meaning(error.to_string()))?.unwrap_or_default(),
            store: op.text("store").map(|name| StoreSpec::of(name, stores)),
            every_ms: op.number("every_ms"),
            start_ms: op.number("start_ms"),
            cancel_after: op.number("cancel_after"),
            clock: match op.text("clock") {
                Some("wall_clock") => PunctuationType::WallClockTime,
                _ => PunctuationType::StreamTime,
            },
        }))
    }
}

impl StoreSpec {
    fn of(name: &str, stores: &[Json]) -> Self {
        let stated = stores.iter().map(Op).find(|store| store.text("name") == Some(name));
        let kind = stated.and_then(|store| store.text("kind")).unwrap_or("timestamped_kv");
        Self { name: name.to_owned(), kind: kind.to_owned() }
    }
}
