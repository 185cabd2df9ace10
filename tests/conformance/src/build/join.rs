//! Joins.

use tillstream_topology::{JoinWindows, Joined, KStream, KTable, StreamJoined};

use super::node::NodeKey;
use super::{Maker, Op};
use crate::functions::{Joiner, joiner};
use crate::key::KeyKind;
use crate::value::value_serde;
use crate::{CaseError, Value};

/// The value of a side that may be missing.
fn side(value: Option<&Value>) -> Value {
    value.cloned().unwrap_or_default()
}

impl Maker<'_> {
    pub(super) fn join_stream<K: NodeKey>(
        &self,
        op: Op<'_>,
        left: &KStream<K, Value>,
        kind: KeyKind,
    ) -> Result<KStream<K, Value>, CaseError> {
        let other = &self.node(op.need("with")?)?.node;
        if let Some(right) = K::as_stream(other) {
            return self.join_streams(op, left, right, kind);
        }
        match K::as_table(other) {
            Some(table) => join_table(op, left, table, kind),
            None => op.unknown("a stream of other keys"),
        }
    }

    fn join_streams<K: NodeKey>(
        &self,
        op: Op<'_>,
        left: &KStream<K, Value>,
        right: &KStream<K, Value>,
        kind: KeyKind,
    ) -> Result<KStream<K, Value>, CaseError> {
        let join = joiner(op.field("joiner"))?;
        let windows = windows(op.part("window")?);
        let joined = self.stream_joined(op, kind)?;
        Ok(match op.need("op")? {
            "join" => left.join(right, move |key: &K, l, r| join(key.text(), l.clone(), r.clone()), windows, joined),
            "left_join" => {
                left.left_join(right, move |key: &K, l, r| join(key.text(), l.clone(), side(r)), windows, joined)
            }
            _ => left.outer_join(right, move |key: &K, l, r| join(key.text(), side(l), side(r)), windows, joined),
        })
    }

    fn stream_joined<K: NodeKey>(&self, op: Op<'_>, kind: KeyKind) -> Result<StreamJoined<K, Value, Value>, CaseError> {
        let mut joined = StreamJoined::with(K::serde(kind), value_serde(), value_serde());
        if let Some(name) = op.text("store") {
            joined = joined.store_named(name);
        }
        if let Some(backend) = self.backend(op)? {
            joined = joined.backend(backend);
        }
        joined = joined.logging(op.truth("logging").unwrap_or(true));
        if let Some(store) = op.field("left_store").map(Op) {
            joined = joined.left_store(store.need("name")?, self.backend(store)?);
        }
        if let Some(store) = op.field("right_store").map(Op) {
            joined = joined.right_store(store.need("name")?, self.backend(store)?);
        }
        Ok(joined)
    }

    /// Joiners may answer null, which is no row.
    pub(super) fn join_tables<K: NodeKey>(
        &self,
        op: Op<'_>,
        left: &KTable<K, Value>,
    ) -> Result<KTable<K, Value>, CaseError> {
        let right = K::as_table(&self.node(op.need("with")?)?.node);
        let right = right.ok_or_else(|| CaseError::meaning("tables of different keys cannot be joined"))?;
        let joiner: Joiner = joiner(op.field("joiner"))?;
        let join = move |left, right| Some(joiner(None, left, right)).filter(|result| !result.is_null());
        let joined = match (op.need("op")?, self.materialized_option(op)?) {
            ("join", None) => left.join(right, move |_, l, r| join(l.clone(), r.clone())),
            ("join", Some(materialized)) => {
                left.join_materialized(right, move |_, l, r| join(l.clone(), r.clone()), materialized)
            }
            ("left_join", None) => left.left_join(right, move |_, l, r| join(l.clone(), side(r))),
            ("left_join", Some(materialized)) => {
                left.left_join_materialized(right, move |_, l, r| join(l.clone(), side(r)), materialized)
            }
            (_, None) => left.outer_join(right, move |_, l, r| join(side(l), side(r))),
            (_, Some(materialized)) => {
                left.outer_join_materialized(right, move |_, l, r| join(side(l), side(r)), materialized)
            }
        };
        Ok(joined.flatten())
    }
}

fn join_table<K: NodeKey>(
    op: Op<'_>,
    left: &KStream<K, Value>,
    table: &KTable<K, Value>,
    kind: KeyKind,
) -> Result<KStream<K, Value>, CaseError> {
    let join = joiner(op.field("joiner"))?;
    let mut joined = Joined::with(K::serde(kind), value_serde());
    if let Some(name) = op.text("name") {
        joined = joined.named(name);
    }
    Ok(match op.need("op")? {
        "join" => left.join_table(table, move |key: &K, l, r| join(key.text(), l, r.clone()), joined),
        "left_join" => left.left_join_table(table, move |key: &K, l, r| join(key.text(), l, side(r)), joined),
        _ => return op.unknown("a stream and a table"),
    })
}

fn windows(window: Op<'_>) -> JoinWindows {
    let number = |name: &str| window.number(name).unwrap_or(0);
    let mut windows = JoinWindows::of_difference(0).before(number("before_ms")).after(number("after_ms"));
    if let Some(grace_ms) = window.number("grace_ms") {
        windows = windows.grace(grace_ms);
    }
    if window.truth("eager") == Some(true) { windows.eager() } else { windows }
}
