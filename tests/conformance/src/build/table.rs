//! Operators on tables.

use tillstream_topology::KTable;

use super::node::{Built, Node, NodeKey};
use super::{Maker, Op, function};
use crate::key::KeyKind;
use crate::{CaseError, Value, functions};

impl Maker<'_> {
    pub(super) fn table_source(&self, op: Op<'_>) -> Result<Built, CaseError> {
        let table = self.builder.table(op.need("topic")?, self.consumed(op)?, self.kept(op)?);
        Ok(Built { node: Node::Table(table), kind: KeyKind::Plain })
    }

    pub(super) fn on_table<K: NodeKey>(
        &mut self,
        op: Op<'_>,
        table: &KTable<K, Value>,
        kind: KeyKind,
    ) -> Result<Option<Built>, CaseError> {
        let named = op.text("name").map_or_else(|| table.clone(), |name| table.named(name));
        let same = |table| Ok(Some(Built { node: K::table(table), kind }));
        match op.need("op")? {
            "filter" | "filter_not" => same(self.filter(op, &named)?),
            "map_values" => same(self.map_table_values(op, &named)?),
            "to" => {
                let stream = table.to_stream().cast_values(Option::unwrap_or_default);
                self.sink(op, &stream, kind)
            }
            "group_by" => self.group_table(op, table, kind).map(Some),
            "join" | "left_join" | "outer_join" => same(self.join_tables(op, &named)?),
            "to_stream" => self.to_stream(op, &named, kind).map(Some),
            _ => op.unknown("a table"),
        }
    }

    fn filter<K: NodeKey>(&self, op: Op<'_>, table: &KTable<K, Value>) -> Result<KTable<K, Value>, CaseError> {
        let predicate = functions::predicate(function(op))?;
        Ok(match (op.need("op")?, self.materialized(op)?) {
            ("filter", None) => table.filter(predicate),
            ("filter", Some(materialized)) => table.filter_materialized(predicate, materialized),
            (_, None) => table.filter_not(predicate),
            (_, Some(materialized)) => table.filter_not_materialized(predicate, materialized),
        })
    }

    /// A mapper may answer null, which is no row.
    fn map_table_values<K: NodeKey>(
        &self,
        op: Op<'_>,
        table: &KTable<K, Value>,
    ) -> Result<KTable<K, Value>, CaseError> {
        let function = functions::value::<K>(function(op))?;
        let mapper = move |key: &K, value| Some(function(key, value)).filter(|value| !value.is_null());
        let mapped = match self.materialized_option(op)? {
            None => table.map_values_with_key(mapper),
            Some(materialized) => table.map_values_materialized(mapper, materialized),
        };
        Ok(mapped.flatten())
    }

    fn to_stream<K: NodeKey>(&self, op: Op<'_>, table: &KTable<K, Value>, kind: KeyKind) -> Result<Built, CaseError> {
        if op.field("fn").is_none() {
            let stream = table.to_stream().cast_values(Option::unwrap_or_default);
            return Ok(Built { node: K::stream(stream), kind });
        }
        if functions::keeps_key(function(op))? {
            let stream = table.to_stream_with_key(|key: &K, _| key.clone()).cast_values(Option::unwrap_or_default);
            return Ok(Built { node: K::stream(stream), kind });
        }
        let key = functions::key::<K>(function(op))?;
        let stream = table.to_stream_with_key(move |old, value| key(old, value.as_ref().unwrap_or(&Value::Null)));
        Ok(Built { node: Node::Stream(stream.cast_values(Option::unwrap_or_default)), kind: KeyKind::Plain })
    }
}
