//! Operators on grouped streams.

use tillstream_topology::stores::Windowed;
use tillstream_topology::{KGroupedStream, SessionWindowedKStream, SessionWindows, TimeWindowedKStream, TimeWindows};

use super::node::{Built, Node, NodeKey};
use super::{Maker, Op, function};
use crate::key::{Key, KeyKind};
use crate::{CaseError, Value, functions};

impl Maker<'_> {
    pub(super) fn on_grouped<K: NodeKey>(
        &self,
        op: Op<'_>,
        grouped: &KGroupedStream<K, Value>,
        kind: KeyKind,
    ) -> Result<Option<Built>, CaseError> {
        let named = op.text("name").map_or_else(|| grouped.clone(), |name| grouped.named(name));
        let table = match op.need("op")? {
            "windowed_by" => return self.windowed(op.part("window")?, K::grouped(grouped.clone())),
            "reduce" => named.reduce(functions::reducer(function(op))?, self.kept(op)?),
            "count" => named.count(self.kept(op)?),
            "aggregate" => {
                let (initial, add) = folding(op)?;
                named.aggregate(move || initial.clone(), move |_: &K, value, state| add(state, value), self.kept(op)?)
            }
            _ => return op.unknown("a grouped stream"),
        };
        Ok(Some(Built { node: K::table(table), kind }))
    }

    fn windowed(&self, window: Op<'_>, grouped: Node) -> Result<Option<Built>, CaseError> {
        let Node::Grouped(grouped) = grouped else { return window.unknown("a stream of windows") };
        let size_ms = window.number("size_ms").unwrap_or(0);
        let mut windows = match window.need("kind")? {
            "tumbling" | "hopping" => TimeWindows::of_size(size_ms),
            "session" => {
                let gap_ms = window.number("gap_ms").unwrap_or(0);
                let windows = SessionWindows::of_inactivity_gap(gap_ms).grace(window.number("grace_ms").unwrap_or(0));
                return Ok(Some(Built { node: Node::Sessions(grouped.windowed_by(windows)), kind: KeyKind::Session }));
            }
            _ => return window.unknown("a grouped stream"),
        };
        if let Some(advance_ms) = window.number("advance_ms") {
            windows = windows.advance_by(advance_ms);
        }
        if let Some(grace_ms) = window.number("grace_ms") {
            windows = windows.grace(grace_ms);
        }
        Ok(Some(Built { node: Node::Windows(grouped.windowed_by(windows)), kind: KeyKind::Time(size_ms) }))
    }

    pub(super) fn on_windows(
        &self,
        op: Op<'_>,
        windows: &TimeWindowedKStream<Key, Value>,
        kind: KeyKind,
    ) -> Result<Option<Built>, CaseError> {
        let named = op.text("name").map_or_else(|| windows.clone(), |name| windows.named(name));
        let table = match op.need("op")? {
            "emit_strategy" if op.text("strategy") == Some("on_window_update") => {
                return Ok(Some(Built { node: Node::Windows(windows.clone()), kind }));
            }
            "reduce" => named.reduce(functions::reducer(function(op))?, self.kept(op)?),
            "count" => named.count(self.kept(op)?),
            "aggregate" => {
                let (initial, add) = folding(op)?;
                named.aggregate(move || initial.clone(), move |_: &Key, value, state| add(state, value), self.kept(op)?)
            }
            _ => return op.unknown("a windowed stream"),
        };
        Ok(Some(Built { node: <Windowed<Key>>::table(table), kind }))
    }

    pub(super) fn on_sessions(
        &self,
        op: Op<'_>,
        sessions: &SessionWindowedKStream<Key, Value>,
        kind: KeyKind,
    ) -> Result<Option<Built>, CaseError> {
        let named = op.text("name").map_or_else(|| sessions.clone(), |name| sessions.named(name));
        let table = match op.need("op")? {
            "emit_strategy" if op.text("strategy") == Some("on_window_update") => {
                return Ok(Some(Built { node: Node::Sessions(sessions.clone()), kind }));
            }
            "reduce" => named.reduce(functions::reducer(function(op))?, self.kept(op)?),
            "count" => named.count(self.kept(op)?),
            "aggregate" => {
                let (initial, add) = folding(op)?;
                let merge = functions::merger(op.field("merge"))?;
                named.aggregate(
                    move || initial.clone(),
                    move |_: &Key, value, state| add(state, value),
                    move |_: &Key, one, other| merge(one, other),
                    self.kept(op)?,
                )
            }
            _ => return op.unknown("a session stream"),
        };
        Ok(Some(Built { node: <Windowed<Key>>::table(table), kind }))
    }
}

/// Initial value and aggregator.
pub(super) fn folding(op: Op<'_>) -> Result<(Value, functions::Aggregator), CaseError> {
    let initial = op.field("init").map(Value::try_from).transpose();
    let initial = initial.map_err(|error| CaseError::meaning(error.to_string()))?.unwrap_or_default();
    Ok((initial, functions::aggregator(function(op))?))
}
