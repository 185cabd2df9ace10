//! A stream joined with itself on one store instead of two (KS-36), where the optimization is on.

use std::any::Any;
use std::cell::RefCell;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::Arc;

use tillstream_stores::{SharedSerde, ValueAndTimestamp, WindowStore};

use super::joiner::Join;
use super::window_stores::add_window_store;
use crate::KStream;
use crate::graph::{NodeId, NodeKind, Output, StoreHandle, TimeCell, wire_fn};
use crate::options::StreamJoined;
use crate::processor::{Children, Context, Forward, ProcessError, Record};
use crate::stream::Serdes;
use crate::windows::JoinWindows;

/// The join as one of a stream with itself, if `this` and `other` are the same stream.
pub(super) fn joined_with_itself<K: 'static, V: 'static, V2: 'static, R: 'static>(
    this: &KStream<K, V>,
    other: &KStream<K, V2>,
    join: &Join<K, V, V2, R>,
) -> Option<Join<K, V, V, R>> {
    let same = Arc::as_ptr(&this.output).cast::<()>() == Arc::as_ptr(&other.output).cast::<()>();
    let join: &dyn Any = join;
    join.downcast_ref().filter(|_| same).cloned()
}

/// What a self join is made of.
pub(super) struct SelfJoinParts<K, V, R> {
    /// Names of the node that keeps the records, of the store and of the node that joins.
    pub(super) names: (String, String, String),
    pub(super) windows: JoinWindows,
    pub(super) join: Join<K, V, V, R>,
}

impl<K: Clone + 'static, V: Clone + 'static> KStream<K, V> {
    pub(super) fn self_joined<V2, R: Clone + 'static>(
        &self,
        parts: SelfJoinParts<K, V, R>,
        joined: &StreamJoined<K, V, V2>,
    ) -> KStream<K, R> {
        let SelfJoinParts { names: (windowed, store, merge), windows, join } = parts;
        let (node, handle) = {
            let mut state = self.builder.borrow_mut();
            let handle = add_window_store(&mut state, store, &windows, joined);
            let kind = || NodeKind::Processor { stores: vec![handle.name().to_owned()] };
            let keeper = state.add_node(windowed, kind(), vec![self.node]);
            (state.add_node(merge, kind(), vec![keeper]), handle)
        };
        let output = Output::new();
        self.wire_self_join(
            node,
            &handle,
            &output,
            (windows, join),
            (Arc::clone(&joined.key), Arc::clone(&joined.left)),
        );
        let serdes = Serdes { key: Some(Arc::clone(&joined.key)), value: None };
        KStream::new(&self.builder, node, output, serdes, self.sources.clone())
    }

    fn wire_self_join<R: Clone + 'static>(
        &self,
        node: NodeId,
        handle: &StoreHandle<WindowStore<K, V>>,
        output: &Arc<Output<K, R>>,
        (windows, join): (JoinWindows, Join<K, V, V, R>),
        (key, value): (SharedSerde<K>, SharedSerde<V>),
    ) {
        let name = format!("observed/{}", self.builder.borrow().node_name(node));
        let (handle, output) = (handle.clone(), Arc::clone(output));
        self.output.add(wire_fn(move |wiring| {
            Ok(Box::new(SelfJoin {
                store: wiring.store(&handle)?,
                windows,
                join: Arc::clone(&join),
                key: Arc::clone(&key),
                value: Arc::clone(&value),
                observed: wiring.time(&name),
                children: output.wire(wiring)?,
            }))
        }));
    }
}

struct SelfJoin<K, V, R> {
    store: Rc<RefCell<WindowStore<K, V>>>,
    windows: JoinWindows,
    join: Join<K, V, V, R>,
    key: SharedSerde<K>,
    value: SharedSerde<V>,
    observed: TimeCell,
    children: Children<K, R>,
}

impl<K: Clone, V: Clone, R: Clone> Forward<K, V> for SelfJoin<K, V, R> {
    fn forward(&mut self, record: Record<K, V>, context: &mut Context) -> Result<(), ProcessError> {
        if let Some(watermark) = context.watermark {
            self.store.borrow_mut().advance(watermark);
        }
        self.observed.set(self.observed.get().max(record.timestamp));
        let null_key = self.key.is_null(&record.key);
        let null_value = self.value.is_null(&record.value);
        if null_key || null_value {
            context.dropped.null += 1;
        } else {
            self.as_left(&record, context)?;
            self.as_right(&record, context)?;
        }
        if null_key {
            return Ok(());
        }
        let Record { key, value, timestamp, headers } = record;
        let row = (!null_value).then_some(ValueAndTimestamp { value, timestamp });
        self.store.borrow_mut().at(timestamp).put(&key, timestamp, row, &headers)?;
        Ok(())
    }
}

impl<K: Clone, V: Clone, R: Clone> SelfJoin<K, V, R> {
    /// The record with those before it, itself on the left.
    fn as_left(&mut self, record: &Record<K, V>, context: &mut Context) -> Result<(), ProcessError> {
        let (join, children) = (&self.join, &mut self.children);
        let (from, to) = reach(record.timestamp, self.windows.before_ms, self.windows.after_ms);
        let mut outcome = Ok(());
        self.store.borrow_mut().fetch_range(&record.key, from, to, &mut |start, row| {
            let result = join(&record.key, Some(&record.value), Some(&row.value));
            outcome = emit(children, record, result, start, context);
            if outcome.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        outcome
    }

    /// The record with those before it, itself on the right; and with itself, in the place of its time.
    fn as_right(&mut self, record: &Record<K, V>, context: &mut Context) -> Result<(), ProcessError> {
        let (join, children) = (&self.join, &mut self.children);
        let timestamp = record.timestamp;
        let retention = self.windows.size_ms().saturating_add(self.windows.grace_ms());
        // A record that the store would not keep does not meet itself either.
        let mut met_itself = timestamp <= self.observed.get().saturating_sub(retention).saturating_add(1);
        let itself = || join(&record.key, Some(&record.value), Some(&record.value));
        let (from, to) = reach(timestamp, self.windows.after_ms, self.windows.before_ms);
        let mut outcome = Ok(());
        self.store.borrow_mut().fetch_range(&record.key, from, to, &mut |start, row| {
            if timestamp < start && !met_itself {
                met_itself = true;
                outcome = emit(children, record, itself(), timestamp, context);
            }
            if outcome.is_ok() {
                let result = join(&record.key, Some(&row.value), Some(&record.value));
                outcome = emit(children, record, result, start, context);
            }
            if outcome.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        outcome?;
        if met_itself { Ok(()) } else { emit(children, record, itself(), timestamp, context) }
    }
}

fn reach(timestamp: i64, before: i64, after: i64) -> (i64, i64) {
    (timestamp.saturating_sub(before).max(0), timestamp.saturating_add(after).max(0))
}

fn emit<K: Clone, V, R: Clone>(
    children: &mut Children<K, R>,
    record: &Record<K, V>,
    result: Option<R>,
    partner: i64,
    context: &mut Context,
) -> Result<(), ProcessError> {
    let Some(value) = result else { return Ok(()) };
    let (key, headers) = (record.key.clone(), record.headers.clone());
    children.forward(Record { key, value, timestamp: record.timestamp.max(partner), headers }, context)
}
