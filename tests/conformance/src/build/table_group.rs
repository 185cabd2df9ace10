//! Operators on grouped tables.

use tillstream_topology::{Count, KGroupedTable, KTable};

use super::aggregate::folding;
use super::node::{Built, Node, NodeKey};
use super::stream::grouped;
use super::{Maker, Op, function};
use crate::key::KeyKind;
use crate::{CaseError, Value, functions};

impl Maker<'_> {
    pub(super) fn group_table<K: NodeKey>(
        &self,
        op: Op<'_>,
        table: &KTable<K, Value>,
        kind: KeyKind,
    ) -> Result<Built, CaseError> {
        let part = op.part("fn")?;
        let value = functions::value::<K>(part.field("value"))?;
        if functions::keeps_key(part.field("key"))? {
            let select = move |key: &K, row: &Value| (key.clone(), value(key, row.clone()));
            return Ok(Built { node: K::grouped_table(table.group_by(select, grouped(op, kind))), kind });
        }
        let key = functions::key::<K>(part.field("key"))?;
        let select = move |old: &K, row: &Value| (key(old, row), value(old, row.clone()));
        let grouped = table.group_by(select, grouped(op, KeyKind::Plain));
        Ok(Built { node: Node::GroupedTable(grouped), kind: KeyKind::Plain })
    }

    pub(super) fn on_grouped_table<K: NodeKey>(
        &self,
        op: Op<'_>,
        grouped: &KGroupedTable<K, Value>,
        kind: KeyKind,
    ) -> Result<Option<Built>, CaseError> {
        let named = op.text("name").map_or_else(|| grouped.clone(), |name| grouped.named(name));
        let kept = self.kept(op)?;
        let table = match op.need("op")? {
            "count" => named.aggregate(|| Value::ZERO, |_, _, count| count.up(), |_, _, count| count.down(), kept),
            "reduce" => {
                let (add, subtract) = (functions::reducer(function(op))?, functions::reducer(op.field("sub"))?);
                named.reduce(add, subtract, kept)
            }
            "aggregate" => {
                let (initial, add) = folding(op)?;
                let subtract = functions::aggregator(op.field("sub"))?;
                let add = move |_: &K, value, state| add(state, value);
                let subtract = move |_: &K, value, state| subtract(state, value);
                named.aggregate(move || initial.clone(), add, subtract, kept)
            }
            _ => return op.unknown("a grouped table"),
        };
        Ok(Some(Built { node: K::table(table), kind }))
    }
}
