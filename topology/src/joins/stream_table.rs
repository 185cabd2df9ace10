//! A stream joined with a table: each record looks up the row of its key as it is at that moment (KS-29).

use std::sync::Arc;

use tillstream_stores::SharedSerde;

use super::partitioning::copartition;
use crate::graph::wire_fn;
use crate::options::{Grouped, Joined};
use crate::processor::{Children, Context, Forward, ProcessError, Record};
use crate::stream::Serdes;
use crate::table::ValueGetter;
use crate::{KStream, KTable};

/// Makes the result of a record and its row, if there is one.
type Join<K, V, V2, R> = Arc<dyn Fn(&K, V, Option<&V2>) -> Option<R> + Send + Sync>;

impl<K: Clone + 'static, V: Clone + 'static> KStream<K, V> {
    /// Joins each record with the row of its key; a record without a row has no result. Null keys and values are dropped.
    /// Repartitions the stream if its key was changed; stream and table must have equally many partitions.
    ///
    /// ```
    /// use tillstream_topology::{Consumed, Joined, Materialized, StreamsBuilder};
    /// use tillstream_topology::stores::{i64_be, utf8};
    ///
    /// let builder = StreamsBuilder::new();
    /// let prices = builder.table("prices", Consumed::with(utf8(), i64_be()), Materialized::with(i64_be()));
    /// let totals = builder
    ///     .stream("quantities", Consumed::with(utf8(), i64_be()))
    ///     .join_table(&prices, |_, quantity, price| quantity * price, Joined::with(utf8(), i64_be()));
    /// ```
    pub fn join_table<V2: Clone + 'static, R: Clone + 'static>(
        &self,
        table: &KTable<K, V2>,
        joiner: impl Fn(&K, V, &V2) -> R + Send + Sync + 'static,
        joined: Joined<K, V>,
    ) -> KStream<K, R> {
        let join: Join<K, V, V2, R> = Arc::new(move |key, value, row| row.map(|row| joiner(key, value, row)));
        self.look_up(table, join, joined, false)
    }

    /// As [`KStream::join_table`], for every record: the joiner gets `None` where there is no row, also for a null key.
    pub fn left_join_table<V2: Clone + 'static, R: Clone + 'static>(
        &self,
        table: &KTable<K, V2>,
        joiner: impl Fn(&K, V, Option<&V2>) -> R + Send + Sync + 'static,
        joined: Joined<K, V>,
    ) -> KStream<K, R> {
        let join: Join<K, V, V2, R> = Arc::new(move |key, value, row| Some(joiner(key, value, row)));
        self.look_up(table, join, joined, true)
    }

    fn look_up<V2: Clone + 'static, R: Clone + 'static>(
        &self,
        table: &KTable<K, V2>,
        join: Join<K, V, V2, R>,
        joined: Joined<K, V>,
        left: bool,
    ) -> KStream<K, R> {
        let name = joined.name.or_else(|| self.name.clone());
        let serdes = Grouped::with(Arc::clone(&joined.key), Arc::clone(&joined.value));
        let stream = self.for_join(name.clone(), &serdes, left);
        let rows = table.rows();
        let prefix = if left { "KSTREAM-LEFTJOIN-" } else { "KSTREAM-JOIN-" };
        let known = Serdes { key: Some(Arc::clone(&joined.key)), value: None };
        let stream = KStream { name, ..stream };
        let mut result: KStream<K, R> = stream.child(prefix, rows.stores(), known);
        result.sources = copartition(&self.builder, &stream.sources, &table.sources);
        let output = Arc::clone(&result.output);
        stream.output.add(wire_fn(move |wiring| {
            Ok(Box::new(LookUp {
                row: rows.getter(wiring)?,
                join: Arc::clone(&join),
                left,
                key: Arc::clone(&joined.key),
                value: Arc::clone(&joined.value),
                children: output.wire(wiring)?,
            }))
        }));
        result
    }
}

struct LookUp<K, V, V2, R> {
    row: Box<dyn ValueGetter<K, V2>>,
    join: Join<K, V, V2, R>,
    left: bool,
    key: SharedSerde<K>,
    value: SharedSerde<V>,
    children: Children<K, R>,
}

impl<K: Clone, V, V2, R: Clone> Forward<K, V> for LookUp<K, V, V2, R> {
    fn forward(&mut self, record: Record<K, V>, context: &mut Context) -> Result<(), ProcessError> {
        let null_key = self.key.is_null(&record.key);
        if self.value.is_null(&record.value) || (null_key && !self.left) {
            context.dropped.null += 1;
            return Ok(());
        }
        let Record { key, value, timestamp, headers } = record;
        let result = if null_key {
            (self.join)(&key, value, None)
        } else {
            let (mut value, mut result) = (Some(value), None);
            self.row.read(&key, &mut |row| {
                let value = value.take();
                result = value.and_then(|value| (self.join)(&key, value, row.map(|(row, _)| row)));
            })?;
            result
        };
        match result {
            Some(value) => self.children.forward(Record { key, value, timestamp, headers }, context),
            None => Ok(()),
        }
    }
}
