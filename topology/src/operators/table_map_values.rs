//! `map_values` and `flatten` on tables.

use std::sync::Arc;

use super::table_derived::Derived;
use crate::KTable;
use crate::options::Materialized;

impl<K: Clone + 'static, V: Clone + 'static> KTable<K, V> {
    /// Another value for each row.
    pub fn map_values<V2: Clone + 'static>(&self, mapper: impl Fn(V) -> V2 + Send + Sync + 'static) -> KTable<K, V2> {
        self.mapped(move |_, value| mapper(value), None)
    }

    /// As [`KTable::map_values`], with a look at the key.
    pub fn map_values_with_key<V2: Clone + 'static>(
        &self,
        mapper: impl Fn(&K, V) -> V2 + Send + Sync + 'static,
    ) -> KTable<K, V2> {
        self.mapped(mapper, None)
    }

    /// As [`KTable::map_values_with_key`], with a store for the result if `materialized` has a name.
    pub fn map_values_materialized<V2: Clone + 'static>(
        &self,
        mapper: impl Fn(&K, V) -> V2 + Send + Sync + 'static,
        materialized: Materialized<V2>,
    ) -> KTable<K, V2> {
        self.mapped(mapper, Some(materialized))
    }

    fn mapped<V2: Clone + 'static>(
        &self,
        mapper: impl Fn(&K, V) -> V2 + Send + Sync + 'static,
        materialized: Option<Materialized<V2>>,
    ) -> KTable<K, V2> {
        self.derived(Derived {
            prefix: "KTABLE-MAPVALUES-",
            filters: false,
            derive: Arc::new(move |key: &K, value: V| Some(mapper(key, value))),
            value: None,
            materialized,
        })
    }
}

impl<K: Clone + 'static, V: Clone + 'static> KTable<K, Option<V>> {
    /// Rows whose value is `None` do not exist: makes a table of what a mapper or joiner answered that may answer nothing. Adds
    /// no node.
    pub fn flatten(&self) -> KTable<K, V> {
        self.adapted(Arc::new(|_: &K, value| value), None)
    }
}
