//! From a declared stream–stream join to its two sides in each task.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use tillstream_stores::{SharedSerde, WindowStore};

use super::join_names::Kind;
use super::joiner::{Join, swapped};
use super::waiting::WaitingParts;
use super::waiting_serde::{Side, Waiting};
use super::waiting_times::Waits;
use super::window_side::WindowSide;
use super::window_stores::JoinStores;
use crate::graph::{Blueprint, NodeId, Output, StoreHandle, wire_fn};
use crate::windows::JoinWindows;

/// What both sides are made of.
pub(super) struct Sides<K, A, B, R> {
    pub(super) merge: NodeId,
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) windows: JoinWindows,
    pub(super) interval: i64,
    pub(super) stores: JoinStores<K, A, B>,
    pub(super) join: Join<K, A, B, R>,
    pub(super) output: Arc<Output<K, R>>,
    pub(super) key: SharedSerde<K>,
}

impl<K: Clone + 'static, A: Clone + 'static, B: Clone + 'static, R: Clone + 'static> Sides<K, A, B, R> {
    pub(super) fn left(&self, value: SharedSerde<A>) -> Arc<dyn Blueprint<K, A>> {
        self.side(SideParts {
            side: Side::Left,
            own: self.stores.left.clone(),
            other: self.stores.right.clone(),
            reach: (self.windows.before_ms, self.windows.after_ms),
            join: Arc::clone(&self.join),
            alone: self.kind != Kind::Inner,
            wait: Waiting::Left,
            value,
        })
    }

    pub(super) fn right(&self, value: SharedSerde<B>) -> Arc<dyn Blueprint<K, B>> {
        self.side(SideParts {
            side: Side::Right,
            own: self.stores.right.clone(),
            other: self.stores.left.clone(),
            reach: (self.windows.after_ms, self.windows.before_ms),
            join: swapped(&self.join),
            alone: self.kind == Kind::Outer,
            wait: Waiting::Right,
            value,
        })
    }

    fn side<Own: Clone + 'static, Other: Clone + 'static>(
        &self,
        parts: SideParts<K, Own, Other, A, B, R>,
    ) -> Arc<dyn Blueprint<K, Own>> {
        let (output, key, merge) = (Arc::clone(&self.output), Arc::clone(&self.key), self.merge);
        let waiting = self.waiting();
        wire_fn(move |wiring| {
            let shared = wiring.shared(merge, |wiring| {
                let waiting = waiting.as_ref().map(|parts| parts.wire(wiring)).transpose()?;
                let waiting = waiting.map(|set| Rc::new(RefCell::new(set)));
                let children = Rc::new(RefCell::new(output.wire(wiring)?));
                Ok((waiting, children))
            })?;
            let (waiting, children) = &*shared.borrow();
            Ok(Box::new(WindowSide {
                side: parts.side,
                own: wiring.store(&parts.own)?,
                other: wiring.store(&parts.other)?,
                reach: parts.reach,
                join: Arc::clone(&parts.join),
                alone: parts.alone,
                waiting: waiting.clone(),
                wait: parts.wait,
                key: Arc::clone(&key),
                value: Arc::clone(&parts.value),
                partners: Vec::new(),
                children: Rc::clone(children),
            }))
        })
    }

    fn waiting(&self) -> Option<WaitingParts<K, A, B, R>> {
        Some(WaitingParts {
            store: self.stores.waiting.clone()?,
            join: Arc::clone(&self.join),
            waits: Waits {
                left: self.windows.after_ms.saturating_add(self.windows.grace_ms()),
                right: self.windows.before_ms.saturating_add(self.windows.grace_ms()),
                outer: self.kind == Kind::Outer,
                interval: self.interval,
            },
            name: self.name.clone(),
        })
    }
}

/// What one side is made of.
struct SideParts<K, Own, Other, A, B, R> {
    side: Side,
    own: StoreHandle<WindowStore<K, Own>>,
    other: StoreHandle<WindowStore<K, Other>>,
    reach: (i64, i64),
    join: Join<K, Own, Other, R>,
    alone: bool,
    wait: fn(Own) -> Waiting<A, B>,
    value: SharedSerde<Own>,
}
