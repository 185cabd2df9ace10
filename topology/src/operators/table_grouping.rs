//! `group_by` on tables: rows grouped by something in them.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use super::change_serde::ChangeSerde;
use super::repartition::repartition_topic;
use crate::graph::{Output, SharedBuilder};
use crate::options::Grouped;
use crate::processor::Record;
use crate::stream::{KStream, Serdes};
use crate::table::{Change, KTable};

type SharedTopic<K, V> = Rc<RefCell<Option<KStream<K, Change<V>>>>>;

/// A table whose rows are grouped by a new key, ready to be aggregated.
///
/// An aggregate of a table follows its rows: when a row changes, its old value is subtracted and its new one added.
pub struct KGroupedTable<K, V> {
    /// Updates under their new key.
    pub(crate) selected: KStream<K, Change<V>>,
    pub(crate) grouped: Grouped<K, V>,
    /// Behind the repartition topic, where the grouping has a name: all aggregations of it share the topic.
    shared: SharedTopic<K, V>,
}

impl<K: Clone + 'static, V: Clone + 'static> KTable<K, V> {
    /// Groups the rows by the key that `selector` answers with the value to be aggregated. A null key or value leaves the row
    /// out (KS-31). Repartitions, and makes the tables above send old values.
    pub fn group_by<K2, V2>(
        &self,
        selector: impl Fn(&K, &V) -> (K2, V2) + Send + Sync + 'static,
        grouped: Grouped<K2, V2>,
    ) -> KGroupedTable<K2, V2>
    where
        K2: Clone + PartialEq + 'static,
        V2: Clone + 'static,
    {
        let node = {
            let mut state = self.builder.borrow_mut();
            self.old_values.enable(true, &mut state);
            let name = self.name.as_deref().or(grouped.name.as_deref());
            state.add_processor(name, "KTABLE-SELECT-", Vec::new(), vec![self.node])
        };
        let output: Arc<Output<K2, Change<V2>>> = Output::new();
        let select = selection(selector, &grouped);
        self.changes().attach(&output, move |record, children, context| {
            let Record { key, value: Change { new, old }, timestamp, headers } = record;
            let old = old.and_then(|old| select(&key, &old));
            let new = new.and_then(|new| select(&key, &new));
            let mut forward = |key, new, old, headers| {
                children.forward(Record { key, value: Change { new, old }, timestamp, headers }, context)
            };
            match (new, old) {
                (Some((key, new)), Some((old_key, old))) if key == old_key => {
                    forward(key, Some(new), Some(old), headers)
                }
                (new, old) => {
                    // The old group first, so that no row is counted twice in between.
                    if let Some((key, old)) = old {
                        forward(key, None, Some(old), headers.clone())?;
                    }
                    new.map_or(Ok(()), |(key, new)| forward(key, Some(new), None, headers))
                }
            }
        });
        let serdes = Serdes { key: Some(Arc::clone(&grouped.key)), value: None };
        let selected = KStream::new(&self.builder, node, output, serdes, self.sources.clone());
        KGroupedTable { selected, grouped, shared: Rc::default() }
    }
}

type Selection<K, V, K2, V2> = Box<dyn Fn(&K, &V) -> Option<(K2, V2)> + Send + Sync>;

fn selection<K, V, K2: 'static, V2: 'static>(
    selector: impl Fn(&K, &V) -> (K2, V2) + Send + Sync + 'static,
    grouped: &Grouped<K2, V2>,
) -> Selection<K, V, K2, V2> {
    let (keys, values) = (Arc::clone(&grouped.key), Arc::clone(&grouped.value));
    Box::new(move |key, value| {
        Some(selector(key, value)).filter(|(key, value)| !keys.is_null(key) && !values.is_null(value))
    })
}

impl<K: Clone + 'static, V: Clone + 'static> KGroupedTable<K, V> {
    /// Names the aggregation that follows.
    #[must_use]
    pub fn named(&self, name: impl Into<String>) -> Self {
        Self { selected: self.selected.named(name), grouped: self.grouped.clone(), shared: Rc::clone(&self.shared) }
    }

    pub(super) fn builder(&self) -> &SharedBuilder {
        &self.selected.builder
    }

    /// The updates behind the repartition topic, which is named after the grouping, else after the store (KS-5), and the name
    /// of the aggregation's node.
    pub(super) fn partitioned(&self, prefix: &str, store: &str) -> (KStream<K, Change<V>>, String) {
        let topic = repartition_topic(self.grouped.name.as_deref().unwrap_or(store));
        let user = self.selected.name.as_deref();
        let [sink, source, node] = {
            let mut state = self.builder().borrow_mut();
            [("KSTREAM-SINK-", "-sink"), ("KSTREAM-SOURCE-", "-source"), (prefix, "")].map(|(prefix, suffix)| {
                let user = user.map(|user| format!("{user}{suffix}"));
                state.names.named(user.as_deref(), prefix)
            })
        };
        if let Some(known) = self.shared.borrow().as_ref() {
            return (known.clone(), node);
        }
        let upstream = KStream { name: None, ..self.selected.clone() };
        let serdes = Grouped::with(Arc::clone(&self.grouped.key), ChangeSerde::shared(Arc::clone(&self.grouped.value)));
        upstream.sink_into(&topic, sink, &serdes);
        let stream = upstream.source_from(&topic, source, &serdes, None);
        if self.grouped.name.is_some() {
            *self.shared.borrow_mut() = Some(stream.clone());
        }
        (stream, node)
    }
}

impl<K: Clone + 'static, V: Clone + 'static> Clone for KGroupedTable<K, V> {
    fn clone(&self) -> Self {
        Self { selected: self.selected.clone(), grouped: self.grouped.clone(), shared: Rc::clone(&self.shared) }
    }
}

impl<K, V> fmt::Debug for KGroupedTable<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KGroupedTable").field("selected", &self.selected).finish()
    }
}
