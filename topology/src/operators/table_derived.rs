//! Tables whose rows are made one by one from those of another: `filter`, `filter_not`, `map_values`, `flatten`.

use std::rc::Rc;
use std::sync::Arc;

use tillstream_stores::{KeyValueStore, SharedSerde};

use super::table_rows::{CachedRows, HasRows, TableRows, TableRowsParts, shared};
use crate::KTable;
use crate::graph::{BuildError, BuilderState, Output, StoreHandle, Wiring, WiringError, wire_fn};
use crate::options::Materialized;
use crate::processor::{Context, Forward, ProcessError, Record, Shared};
use crate::store_view::KeyValueView;
use crate::stream::Serdes;
use crate::table::{Change, OldValues, ShownRow, TableView, ValueGetter};

/// What a row becomes; `None`: it is no row here.
type Derive<K, V, V2> = Arc<dyn Fn(&K, V) -> Option<V2> + Send + Sync>;

/// How a derived table is made.
pub(super) struct Derived<K, V, V2> {
    pub(super) prefix: &'static str,
    /// Rows may disappear: an update that was and is no row is not handed on (KS-41).
    pub(super) filters: bool,
    pub(super) derive: Derive<K, V, V2>,
    pub(super) value: Option<SharedSerde<V2>>,
    pub(super) materialized: Option<Materialized<V2>>,
}

impl<K: Clone + 'static, V: Clone + 'static> KTable<K, V> {
    pub(super) fn derived<V2: Clone + 'static>(&self, derived: Derived<K, V, V2>) -> KTable<K, V2> {
        let Derived { prefix, filters, derive, value, materialized } = derived;
        let mut state = self.builder.borrow_mut();
        let stored = stored(&mut state, prefix, self.serdes.key.clone(), materialized.as_ref());
        let node = state.add_processor(self.name.as_deref(), prefix, Vec::new(), vec![self.node]);
        if let Some(handle) = &stored {
            state.connect(node, handle.name());
        }
        let old_values = self.old_values_of(stored.is_some());
        if filters && self.old_values.enable(false, &mut state) {
            old_values.set_wanted();
        }
        let caching = stored.is_some() && materialized.as_ref().is_some_and(|m| m.effective_caching(&state.config));
        drop(state);
        let output: Arc<Output<K, Change<V2>>> = Output::new();
        let parts = TableRowsParts {
            store: stored.clone(),
            output: Arc::clone(&output),
            old_values: Arc::clone(&old_values),
            caching,
            value: materialized.as_ref().map(|m| Arc::clone(&m.value)),
        };
        let step = Arc::clone(&derive);
        self.output.add(wire_fn(move |wiring| {
            let node_rows = DerivedTable { rows: parts.wire(wiring)?, derive: Arc::clone(&step), filters };
            Ok(Box::new(Shared(shared(node_rows, node, wiring))))
        }));
        let view: Arc<dyn TableView<K, V2>> = match &stored {
            Some(handle) => Arc::new(KeyValueView::new(handle.clone())),
            None => Arc::new(DerivedView { parent: Arc::clone(&self.view), derive }),
        };
        KTable {
            builder: Rc::clone(&self.builder),
            node,
            output,
            serdes: Serdes { key: self.serdes.key.clone(), value: materialized.map(|m| m.value).or(value) },
            sources: self.sources.clone(),
            view,
            old_values,
            store: stored.map(|handle| handle.name().to_owned()),
            name: None,
        }
    }

    /// Old values of a table made from this one: at hand if it is stored, else computed from this table's.
    fn old_values_of(&self, stored: bool) -> Arc<OldValues> {
        if stored {
            return OldValues::at_hand();
        }
        let parent = Arc::clone(&self.old_values);
        OldValues::new(move |force, state| parent.enable(force, state))
    }

    /// The same rows without a node of their own, each value replaced by what `derive` makes of it.
    pub(super) fn adapted<V2: Clone + 'static>(
        &self,
        derive: Derive<K, V, V2>,
        value: Option<SharedSerde<V2>>,
    ) -> KTable<K, V2> {
        let output: Arc<Output<K, Change<V2>>> = Output::new();
        let step = Arc::clone(&derive);
        self.changes().attach(&output, move |record, children, context| {
            let Record { key, value: Change { new, old }, timestamp, headers } = record;
            let (new, old) = (new.and_then(|new| step(&key, new)), old.and_then(|old| step(&key, old)));
            children.forward(Record { key, value: Change { new, old }, timestamp, headers }, context)
        });
        KTable {
            builder: Rc::clone(&self.builder),
            node: self.node,
            output,
            serdes: Serdes { key: self.serdes.key.clone(), value },
            sources: self.sources.clone(),
            view: Arc::new(DerivedView { parent: Arc::clone(&self.view), derive }),
            old_values: Arc::clone(&self.old_values),
            store: self.store.clone(),
            name: self.name.clone(),
        }
    }
}

/// The store of a derived table. A nameless one burns a number and is not kept.
fn stored<K: Clone + 'static, V: Clone + 'static>(
    state: &mut BuilderState,
    prefix: &str,
    key: Option<SharedSerde<K>>,
    materialized: Option<&Materialized<V>>,
) -> Option<StoreHandle<KeyValueStore<K, V>>> {
    let materialized = materialized?;
    let Some(name) = &materialized.name else {
        state.names.store(prefix);
        return None;
    };
    let Some(key) = key else {
        state.errors.push(BuildError::MissingSerde {
            operator: format!("store {name}"),
            part: "key",
            option: "the table's source",
        });
        return None;
    };
    let builder = materialized.key_value(state, prefix, key);
    state.add_store(builder, None);
    Some(StoreHandle::new(name.as_str()))
}

struct DerivedTable<K, V, V2> {
    rows: TableRows<K, V2>,
    derive: Derive<K, V, V2>,
    filters: bool,
}

impl<K: Clone + 'static, V: Clone, V2: Clone + 'static> Forward<K, Change<V>> for DerivedTable<K, V, V2> {
    fn forward(&mut self, record: Record<K, Change<V>>, context: &mut Context) -> Result<(), ProcessError> {
        let Record { key, value: Change { new, old }, timestamp, headers } = record;
        let new = new.and_then(|new| (self.derive)(&key, new));
        let old = match self.rows.old_values {
            true if self.rows.store.is_some() => self.rows.stored(&key)?,
            true => old.and_then(|old| (self.derive)(&key, old)),
            false => None,
        };
        if self.filters && self.rows.old_values && new.is_none() && old.is_none() {
            return Ok(());
        }
        self.rows.update(Record { key, value: Change { new, old }, timestamp, headers }, context)
    }
}

impl<K: Clone + 'static, V: Clone, V2: Clone + 'static> HasRows for DerivedTable<K, V, V2> {
    fn rows(&mut self) -> &mut dyn CachedRows {
        &mut self.rows
    }
}

/// Rows computed from the parent's when they are asked for.
struct DerivedView<K, V, V2> {
    parent: Arc<dyn TableView<K, V>>,
    derive: Derive<K, V, V2>,
}

struct DerivedGetter<K, V, V2> {
    parent: Box<dyn ValueGetter<K, V>>,
    derive: Derive<K, V, V2>,
}

impl<K: Clone + 'static, V: Clone + 'static, V2: Clone + 'static> TableView<K, V2> for DerivedView<K, V, V2> {
    fn getter(&self, wiring: &mut Wiring<'_>) -> Result<Box<dyn ValueGetter<K, V2>>, WiringError> {
        let parent = self.parent.getter(wiring)?;
        Ok(Box::new(DerivedGetter { parent, derive: Arc::clone(&self.derive) }))
    }

    fn stores(&self) -> Vec<String> {
        self.parent.stores()
    }

    fn require(&self, state: &mut BuilderState) {
        self.parent.require(state);
    }
}

impl<K: Clone, V: Clone, V2: Clone> ValueGetter<K, V2> for DerivedGetter<K, V, V2> {
    fn read(&mut self, key: &K, visit: &mut ShownRow<'_, V2>) -> Result<(), ProcessError> {
        let derive = &self.derive;
        self.parent.read(key, &mut |row| {
            let derived = row.and_then(|(value, time)| Some((derive(key, value.clone())?, time)));
            visit(derived.as_ref().map(|(value, time)| (value, *time)));
        })
    }
}
