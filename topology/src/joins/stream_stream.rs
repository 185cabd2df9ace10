//! A stream joined with a stream: records of one key that lie within a window of each other (KS-33, KS-34).

use std::sync::Arc;

use super::join_names::{Kind, Names};
use super::joiner::{Join, inner, left, outer};
use super::partitioning::copartition;
use super::self_join::{SelfJoinParts, joined_with_itself};
use super::window_sides::Sides;
use super::window_stores::add_stores;
use crate::KStream;
use crate::graph::{BuildError, BuilderState, Output};
use crate::options::{Grouped, StreamJoined};
use crate::stream::Serdes;
use crate::windows::JoinWindows;

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
        check(&mut self.builder.borrow_mut(), &windows);
        let names = Names::new(&mut self.builder.borrow_mut(), self.name.as_deref(), kind);
        let one_store = self.builder.borrow().config.optimization.self_join;
        if let Some(join) = joined_with_itself(&this, &that, &join).filter(|_| one_store) {
            let store = names.stores(&joined, kind, &windows).left;
            let names = (names.windowed.0, store, names.merge);
            return this.self_joined(SelfJoinParts { names, windows, join }, &joined);
        }
        let (merge, stores) = {
            let mut state = self.builder.borrow_mut();
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
