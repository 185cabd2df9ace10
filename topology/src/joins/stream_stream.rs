//! A stream joined with a stream: records of one key that lie within a window of each other (KS-33, KS-34).

use std::sync::Arc;

use super::joiner::{Join, inner, left, outer, swapped};
use super::partitioning::copartition;
use super::waiting::{WaitingParts, Waits};
use super::waiting_serde::{Side, Waiting};
use super::window_side::WindowSide;
use super::window_stores::{JoinStores, StoreNames, add_stores};
use crate::KStream;
use crate::graph::{Blueprint, BuildError, BuilderState, NodeId, NodeKind, Output, StoreHandle, wire_fn};
use crate::options::{Grouped, StreamJoined};
use crate::stream::Serdes;
use crate::windows::JoinWindows;
use tillstream_stores::{SharedSerde, WindowStore};

/// Which records come out without a partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Inner,
    Left,
    Outer,
}

impl<K: Clone + 'static, V: Clone + 'static> KStream<K, V> {
    /// A result for each pair of records of one key within the window; its time is the later one's. Null keys and values are
    /// dropped. Streams whose key was changed are repartitioned; both must have equally many partitions.
    ///
    /// ```
    /// use tillstream_topology::{Consumed, JoinWindows, StreamJoined, StreamsBuilder};
    /// use tillstream_topology::stores::utf8;
    ///
    /// let builder = StreamsBuilder::new();
    /// let orders = builder.stream("orders", Consumed::with(utf8(), utf8()));
    /// let payments = builder.stream("payments", Consumed::with(utf8(), utf8()));
    /// let paid = orders.join(
    ///     &payments,
    ///     |_, order, payment| format!("{order} paid by {payment}"),
    ///     JoinWindows::of_difference(30 * 60_000).grace(60_000),
    ///     StreamJoined::with(utf8(), utf8(), utf8()),
    /// );
    /// ```
    pub fn join<V2: Clone + 'static, R: Clone + 'static>(
        &self,
        other: &KStream<K, V2>,
        joiner: impl Fn(&K, &V, &V2) -> R + Send + Sync + 'static,
        windows: JoinWindows,
        joined: StreamJoined<K, V, V2>,
    ) -> KStream<K, R> {
        self.joined(other, Kind::Inner, inner(joiner), windows, joined)
    }

    /// As [`KStream::join`], and one result with `None` for each record of this stream that found no partner until its window
    /// and grace were over. It comes with the next record of either stream after that.
    pub fn left_join<V2: Clone + 'static, R: Clone + 'static>(
        &self,
        other: &KStream<K, V2>,
        joiner: impl Fn(&K, &V, Option<&V2>) -> R + Send + Sync + 'static,
        windows: JoinWindows,
        joined: StreamJoined<K, V, V2>,
    ) -> KStream<K, R> {
        self.joined(other, Kind::Left, left(joiner), windows, joined)
    }

    /// As [`KStream::left_join`], for records of both streams.
    pub fn outer_join<V2: Clone + 'static, R: Clone + 'static>(
        &self,
        other: &KStream<K, V2>,
        joiner: impl Fn(&K, Option<&V>, Option<&V2>) -> R + Send + Sync + 'static,
        windows: JoinWindows,
        joined: StreamJoined<K, V, V2>,
    ) -> KStream<K, R> {
        self.joined(other, Kind::Outer, outer(joiner), windows, joined)
    }

    fn joined<V2: Clone + 'static, R: Clone + 'static>(
        &self,
        other: &KStream<K, V2>,
        kind: Kind,
        join: Join<K, V, V2, R>,
        windows: JoinWindows,
        joined: StreamJoined<K, V, V2>,
    ) -> KStream<K, R> {
        let topic = |side| self.name.as_ref().map(|name| format!("{name}-{side}"));
        let keep_null_keys = kind != Kind::Inner;
        let serdes = Grouped::with(Arc::clone(&joined.key), Arc::clone(&joined.left));
        let this = self.for_join(topic("left"), &serdes, keep_null_keys);
        let serdes = Grouped::with(Arc::clone(&joined.key), Arc::clone(&joined.right));
        let that = other.for_join(topic("right"), &serdes, keep_null_keys);
        let sources = copartition(&self.builder, &this.sources, &that.sources);
        let (merge, stores) = {
            let mut state = self.builder.borrow_mut();
            check(&mut state, &windows);
            let names = Names::new(&mut state, self.name.as_deref(), kind);
            let stores = add_stores(&mut state, names.stores(&joined, kind, &windows), &windows, &joined);
            (names.add_nodes(&mut state, (this.node, that.node), &stores), stores)
        };
        let output: Arc<Output<K, R>> = Output::new();
        let sides = Sides {
            merge,
            name: self.builder.borrow().node_name(merge),
            kind,
            windows,
            interval: self.builder.borrow().config.join_emit_interval_ms,
            stores,
            join,
            output: Arc::clone(&output),
            key: Arc::clone(&joined.key),
        };
        this.output.add(sides.left(joined.left));
        that.output.add(sides.right(joined.right));
        KStream::new(&self.builder, merge, output, Serdes { key: Some(joined.key), value: None }, sources)
    }
}

fn check(state: &mut BuilderState, windows: &JoinWindows) {
    if windows.size_ms() < 0 {
        state.errors.push(BuildError::Invalid {
            operator: "join".to_owned(),
            message: format!(
                "a window from {} ms before to {} ms after a record is empty; before + after must not be negative",
                windows.before_ms, windows.after_ms
            ),
        });
    }
}

/// Names of the nodes of a join, in the order they take their numbers.
struct Names {
    windowed: (String, String),
    joins: (String, String),
    /// As generated, whether or not the user named the join: stores are called after them.
    generated: (String, String),
    merge: String,
}

impl Names {
    fn new(state: &mut BuilderState, user: Option<&str>, kind: Kind) -> Self {
        let suffixed = |suffix: &str| user.map(|user| format!("{user}{suffix}"));
        let names = &mut state.names;
        let windowed = (
            names.named(suffixed("-this-windowed").as_deref(), "KSTREAM-WINDOWED-"),
            names.named(suffixed("-other-windowed").as_deref(), "KSTREAM-WINDOWED-"),
        );
        let generated = (
            names.node(if kind == Kind::Outer { "KSTREAM-OUTERTHIS-" } else { "KSTREAM-JOINTHIS-" }),
            names.node(if kind == Kind::Inner { "KSTREAM-JOINOTHER-" } else { "KSTREAM-OUTEROTHER-" }),
        );
        let (this, other) = suffixes(kind);
        let joins = (
            suffixed(this).unwrap_or_else(|| generated.0.clone()),
            suffixed(other).unwrap_or_else(|| generated.1.clone()),
        );
        let merge = names.named(suffixed("-merge").as_deref(), "KSTREAM-MERGE-");
        Self { windowed, joins, generated, merge }
    }

    fn stores<K, A, B>(&self, joined: &StreamJoined<K, A, B>, kind: Kind, windows: &JoinWindows) -> StoreNames {
        let (this, other) = suffixes(kind);
        let named = |suffix: &str| joined.store_name.as_ref().map(|name| format!("{name}{suffix}-store"));
        let number = self.generated.0.rsplit('-').next().unwrap_or_default();
        let shared = if kind == Kind::Outer { "-outer-shared-join" } else { "-left-shared-join" };
        let waits = kind != Kind::Inner && !windows.eager;
        StoreNames {
            left: named(this).unwrap_or_else(|| format!("{}-store", self.generated.0)),
            right: named(other).unwrap_or_else(|| format!("{}-store", self.generated.1)),
            waiting: waits.then(|| named(shared).unwrap_or_else(|| format!("KSTREAM-OUTERSHARED-{number}-store"))),
        }
    }

    fn add_nodes<K, A, B>(
        self,
        state: &mut BuilderState,
        (left, right): (NodeId, NodeId),
        stores: &JoinStores<K, A, B>,
    ) -> NodeId {
        let (left_store, right_store) = (stores.left.name().to_owned(), stores.right.name().to_owned());
        let waiting = stores.waiting.as_ref().map(|store| store.name().to_owned());
        let both = |store: &str| std::iter::once(store.to_owned()).chain(waiting.clone()).collect();
        let left = processor(state, self.windowed.0, vec![left_store.clone()], left);
        let right = processor(state, self.windowed.1, vec![right_store.clone()], right);
        let left = processor(state, self.joins.0, both(&right_store), left);
        let right = processor(state, self.joins.1, both(&left_store), right);
        state.add_node(self.merge, NodeKind::Processor { stores: Vec::new() }, vec![left, right])
    }
}

fn processor(state: &mut BuilderState, name: String, stores: Vec<String>, parent: NodeId) -> NodeId {
    state.add_node(name, NodeKind::Processor { stores }, vec![parent])
}

fn suffixes(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Inner => ("-this-join", "-other-join"),
        Kind::Left => ("-this-join", "-outer-other-join"),
        Kind::Outer => ("-outer-this-join", "-outer-other-join"),
    }
}

/// What both sides are made of.
struct Sides<K, A, B, R> {
    merge: NodeId,
    name: String,
    kind: Kind,
    windows: JoinWindows,
    interval: i64,
    stores: JoinStores<K, A, B>,
    join: Join<K, A, B, R>,
    output: Arc<Output<K, R>>,
    key: SharedSerde<K>,
}

impl<K: Clone + 'static, A: Clone + 'static, B: Clone + 'static, R: Clone + 'static> Sides<K, A, B, R> {
    fn left(&self, value: SharedSerde<A>) -> Arc<dyn Blueprint<K, A>> {
        self.side(SideParts {
            side: Side::Left,
            own: self.stores.left.clone(),
            other: self.stores.right.clone(),
            reach: (self.windows.before_ms, self.windows.after_ms),
            join: Arc::clone(&self.join),
            alone: self.kind != Kind::Inner,
            wait: Waiting::Left,
            value,
            counts_refused: self.stores.counts_refused.0,
        })
    }

    fn right(&self, value: SharedSerde<B>) -> Arc<dyn Blueprint<K, B>> {
        self.side(SideParts {
            side: Side::Right,
            own: self.stores.right.clone(),
            other: self.stores.left.clone(),
            reach: (self.windows.after_ms, self.windows.before_ms),
            join: swapped(&self.join),
            alone: self.kind == Kind::Outer,
            wait: Waiting::Right,
            value,
            counts_refused: self.stores.counts_refused.1,
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
                let waiting = waiting.map(|set| std::rc::Rc::new(std::cell::RefCell::new(set)));
                let children = std::rc::Rc::new(std::cell::RefCell::new(output.wire(wiring)?));
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
                counts_refused: parts.counts_refused,
                partners: Vec::new(),
                children: std::rc::Rc::clone(children),
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
            time_name: format!("observed/{}", self.name),
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
    counts_refused: bool,
}
