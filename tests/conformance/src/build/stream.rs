//! Operators on streams.

use std::collections::BTreeMap;

use tillstream_topology::{Branched, Grouped, KStream, Produced, Repartitioned};

use super::node::{Built, Node, NodeKey};
use super::{Maker, Op, function};
use crate::key::KeyKind;
use crate::value::value_serde;
use crate::{CaseError, Value, functions, processors};

impl Maker<'_> {
    pub(super) fn on_stream<K: NodeKey>(
        &mut self,
        op: Op<'_>,
        stream: &KStream<K, Value>,
        kind: KeyKind,
    ) -> Result<Option<Built>, CaseError> {
        let named = op.text("name").map_or_else(|| stream.clone(), |name| stream.named(name));
        let word = op.need("op")?;
        let same = |stream| Ok(Some(Built { node: K::stream(stream), kind }));
        match word {
            "filter" => same(named.filter(functions::predicate(function(op))?)),
            "filter_not" => same(named.filter_not(functions::predicate(function(op))?)),
            "map_values" => same(named.try_map_values(functions::try_value(function(op))?)),
            "flat_map_values" => same(named.flat_map_values(functions::flat_values(function(op))?)),
            "peek" => same(named.peek(|_, _| {})),
            "merge" => {
                let other = K::as_stream(&self.node(op.need("with")?)?.node).cloned();
                let other = other.ok_or_else(|| CaseError::meaning("streams of different keys cannot be merged"))?;
                same(named.merge(&other))
            }
            "repartition" => same(stream.repartition(repartitioned(op, kind))),
            "map" => self.map(op, &named, kind).map(Some),
            "flat_map" => self.flat_map(op, &named, kind).map(Some),
            "select_key" => self.select_key(op, &named, kind).map(Some),
            "group_by_key" => {
                let grouped = stream.group_by_key(grouped::<K>(op, kind));
                Ok(Some(Built { node: K::grouped(grouped), kind }))
            }
            "group_by" => self.group_by(op, stream, kind).map(Some),
            "process" | "process_values" => same(self.process(op, &named)?),
            "split" => self.split(op, &named, kind),
            "join" | "left_join" | "outer_join" => same(self.join_stream(op, &named, kind)?),
            "to_table" => {
                let table = named.to_table(K::serde(kind), self.kept(op)?);
                Ok(Some(Built { node: K::table(table), kind }))
            }
            "foreach" => {
                named.foreach(|_, _| {});
                Ok(None)
            }
            "to" => self.sink(op, &named, kind),
            _ => op.unknown("a stream"),
        }
    }

    fn map<K: NodeKey>(&self, op: Op<'_>, stream: &KStream<K, Value>, kind: KeyKind) -> Result<Built, CaseError> {
        let part = op.part("fn")?;
        let (key, value) = (part.field("key"), functions::value(part.field("value"))?);
        if functions::keeps_key(key)? {
            let mapped = stream.map(move |key, record| {
                let record = value(&key, record);
                (key, record)
            });
            return Ok(Built { node: K::stream(mapped), kind });
        }
        let key = functions::key::<K>(key)?;
        let mapped = stream.map(move |old, record| (key(&old, &record), value(&old, record)));
        Ok(Built { node: Node::Stream(mapped), kind: KeyKind::Plain })
    }

    fn flat_map<K: NodeKey>(&self, op: Op<'_>, stream: &KStream<K, Value>, kind: KeyKind) -> Result<Built, CaseError> {
        if functions::changes_keys(function(op))? {
            let flat = stream.flat_map(functions::flat(function(op))?);
            return Ok(Built { node: Node::Stream(flat), kind: KeyKind::Plain });
        }
        let values = functions::flat_values(function(op))?;
        let flat = stream.flat_map(move |key: K, value| {
            values(value).into_iter().map(|value| (key.clone(), value)).collect::<Vec<_>>()
        });
        Ok(Built { node: K::stream(flat), kind })
    }

    fn select_key<K: NodeKey>(
        &self,
        op: Op<'_>,
        stream: &KStream<K, Value>,
        kind: KeyKind,
    ) -> Result<Built, CaseError> {
        if functions::keeps_key(function(op))? {
            return Ok(Built { node: K::stream(stream.select_key(|key: &K, _| key.clone())), kind });
        }
        let selected = stream.select_key(functions::key::<K>(function(op))?);
        Ok(Built { node: Node::Stream(selected), kind: KeyKind::Plain })
    }

    fn group_by<K: NodeKey>(&self, op: Op<'_>, stream: &KStream<K, Value>, kind: KeyKind) -> Result<Built, CaseError> {
        if functions::keeps_key(function(op))? {
            let grouped = stream.group_by(|key: &K, _| key.clone(), grouped::<K>(op, kind));
            return Ok(Built { node: K::grouped(grouped), kind });
        }
        let grouped = stream.group_by(functions::key::<K>(function(op))?, grouped(op, KeyKind::Plain));
        Ok(Built { node: Node::Grouped(grouped), kind: KeyKind::Plain })
    }

    fn process<K: NodeKey>(&self, op: Op<'_>, stream: &KStream<K, Value>) -> Result<KStream<K, Value>, CaseError> {
        let spec = processors::Spec::read(op.part("processor")?, &self.case.stores)?;
        let stores = op.texts("stores");
        Ok(if op.need("op")? == "process" {
            stream.process(&stores, move |init| processors::Stock::make(&spec, init))
        } else {
            stream.process_values(&stores, move |init| processors::Stock::make(&spec, init))
        })
    }

    fn split<K: NodeKey>(
        &mut self,
        op: Op<'_>,
        stream: &KStream<K, Value>,
        kind: KeyKind,
    ) -> Result<Option<Built>, CaseError> {
        let id = op.need("id")?;
        let branched = |branch: Op<'_>| branch.text("name").map_or_else(Branched::unnamed, Branched::named);
        let mut split = stream.split();
        let mut ids: BTreeMap<String, String> = BTreeMap::new();
        for (number, branch) in op.list("branches").iter().map(Op).enumerate() {
            split = split.branch(functions::predicate(function(branch))?, branched(branch));
            let suffix = branch.text("name").map_or_else(|| (number + 1).to_string(), str::to_owned);
            ids.insert(suffix, format!("{id}.{}", branch.need("as")?));
        }
        let streams = match op.field("default").map(Op) {
            Some(default) => {
                let suffix = default.text("name").unwrap_or("0").to_owned();
                ids.insert(suffix, format!("{id}.{}", default.need("as")?));
                split.default_branch(branched(default))
            }
            None => split.no_default_branch(),
        };
        let prefix = op.text("name").unwrap_or("KSTREAM-BRANCH-0000000000").len();
        for (name, stream) in streams {
            if let Some(id) = name.get(prefix..).and_then(|suffix| ids.remove(suffix)) {
                self.nodes.insert(id, Built { node: K::stream(stream), kind });
            }
        }
        Ok(None)
    }

    /// `to` of a stream.
    pub(super) fn sink<K: NodeKey>(
        &mut self,
        op: Op<'_>,
        stream: &KStream<K, Value>,
        kind: KeyKind,
    ) -> Result<Option<Built>, CaseError> {
        let produced = Produced::with(K::serde(kind), value_serde());
        if op.field("topic_fn").is_some() {
            let (name, choose) = functions::topic::<K>(op.field("topic_fn"))?;
            stream.to_chosen(&name, choose, produced);
        } else {
            let topic = op.need("topic")?;
            self.sinks.insert(topic.to_owned(), kind);
            stream.to(topic, produced);
        }
        Ok(None)
    }
}

fn repartitioned<K: NodeKey>(op: Op<'_>, kind: KeyKind) -> Repartitioned<K, Value> {
    let mut options = Repartitioned::with(K::serde(kind), value_serde());
    if let Some(name) = op.text("name") {
        options = options.named(name);
    }
    if let Some(partitions) = op.number("partitions").and_then(|number| u32::try_from(number).ok()) {
        options = options.partitions(partitions);
    }
    options
}

/// How an operator groups.
pub(super) fn grouped<K: NodeKey>(op: Op<'_>, kind: KeyKind) -> Grouped<K, Value> {
    let grouped = Grouped::with(K::serde(kind), value_serde());
    op.text("name").map_or_else(|| grouped.clone(), |name| grouped.clone().named(name))
}
