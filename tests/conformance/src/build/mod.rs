//! Makes a topology of a case's operators.

mod aggregate;
mod config;
mod join;
mod materialized;
mod node;
mod op;
mod source;
mod stores;
mod stream;
mod table;
mod table_group;

use std::collections::BTreeMap;

use serde_json::Value as Json;
use tillstream_topology::stores::{Backend, Windowed};
use tillstream_topology::{StreamsBuilder, Topology};

pub(crate) use config::AllStores;
pub(crate) use node::NodeKey;
pub(crate) use op::Op;

use crate::key::{Key, KeyKind};
use crate::{Case, CaseError};
use node::{Built, Node};

/// A topology and what must be known to read its results.
pub(crate) struct Made {
    pub(crate) topology: Topology,
    /// Fixed sink topics and the form of their keys.
    pub(crate) sinks: BTreeMap<String, KeyKind>,
    /// Stores that keep windowed keys as plain ones.
    pub(crate) windowed_stores: BTreeMap<String, KeyKind>,
}

/// Builds the topology of `case`; `all` puts every store on one backend.
pub(crate) fn topology(case: &Case, all: AllStores) -> Result<Made, CaseError> {
    let mut maker = Maker {
        builder: StreamsBuilder::with_config(config::of(case, all)?),
        case,
        all,
        nodes: BTreeMap::new(),
        sinks: BTreeMap::new(),
        windowed_stores: BTreeMap::new(),
    };
    for store in &case.stores {
        maker.add_store(Op(store))?;
    }
    for op in &case.topology {
        maker.apply(Op(op))?;
    }
    let Maker { builder, sinks, windowed_stores, .. } = maker;
    Ok(Made { topology: builder.build()?, sinks, windowed_stores })
}

struct Maker<'a> {
    builder: StreamsBuilder,
    case: &'a Case,
    all: AllStores,
    nodes: BTreeMap<String, Built>,
    sinks: BTreeMap<String, KeyKind>,
    windowed_stores: BTreeMap<String, KeyKind>,
}

impl Maker<'_> {
    fn apply(&mut self, op: Op<'_>) -> Result<(), CaseError> {
        let made = match op.need("op")? {
            "stream" => Some(self.stream_source(op)?),
            "table" => Some(self.table_source(op)?),
            _ => self.below(op)?,
        };
        if let Some(Built { node, kind }) = made {
            if let (Node::WindowedTable(table), KeyKind::Time(_) | KeyKind::Session) = (&node, kind)
                && let Some(store) = table.queryable_store_name()
            {
                self.windowed_stores.insert(store.to_owned(), kind);
            }
            self.nodes.insert(op.need("id")?.to_owned(), Built { node, kind });
        }
        Ok(())
    }

    fn below(&mut self, op: Op<'_>) -> Result<Option<Built>, CaseError> {
        let from =
            self.nodes.get(op.need("from")?).ok_or_else(|| CaseError::meaning(format!("no input for {}", op.0)))?;
        let kind = from.kind;
        match &from.node {
            Node::Stream(stream) => self.on_stream::<Key>(op, &stream.clone(), kind),
            Node::WindowedStream(stream) => self.on_stream::<Windowed<Key>>(op, &stream.clone(), kind),
            Node::Table(table) => self.on_table::<Key>(op, &table.clone(), kind),
            Node::WindowedTable(table) => self.on_table::<Windowed<Key>>(op, &table.clone(), kind),
            Node::Grouped(grouped) => self.on_grouped::<Key>(op, &grouped.clone(), kind),
            Node::WindowedGrouped(grouped) => self.on_grouped::<Windowed<Key>>(op, &grouped.clone(), kind),
            Node::GroupedTable(grouped) => self.on_grouped_table::<Key>(op, &grouped.clone(), kind),
            Node::WindowedGroupedTable(grouped) => self.on_grouped_table::<Windowed<Key>>(op, &grouped.clone(), kind),
            Node::Windows(windows) => self.on_windows(op, &windows.clone(), kind),
            Node::Sessions(sessions) => self.on_sessions(op, &sessions.clone(), kind),
        }
    }

    fn node(&self, id: &str) -> Result<&Built, CaseError> {
        self.nodes.get(id).ok_or_else(|| CaseError::meaning(format!("no operator with id {id}")))
    }

    /// Kafka Streams switches every cache off where there is no room for one.
    fn has_cache(&self) -> bool {
        config::has_cache(self.case)
    }

    /// The backend a store type names; `None`: the topology's default.
    fn backend(&self, op: Op<'_>) -> Result<Option<Backend>, CaseError> {
        let stated = match op.text("store_type") {
            None => None,
            Some("persistent") => Some(Backend::Rocks),
            Some("in_memory") => Some(Backend::Memory),
            Some(other) => return Err(CaseError::meaning(format!("unknown store type {other}"))),
        };
        Ok(self.all.or(stated))
    }
}

/// The function of an operator.
fn function<'a>(op: Op<'a>) -> Option<&'a Json> {
    op.field("fn")
}
