//! `filter` and `filter_not` on tables.

use std::sync::Arc;

use super::table_derived::Derived;
use crate::KTable;
use crate::options::Materialized;

impl<K: Clone + 'static, V: Clone + 'static> KTable<K, V> {
    /// The rows for which `predicate` holds; one for which it no longer holds is deleted (KS-41).
    ///
    /// Below a table without a store, rows that never fitted are deleted as well: nobody knows that they were not there.
    pub fn filter(&self, predicate: impl Fn(&K, &V) -> bool + Send + Sync + 'static) -> KTable<K, V> {
        self.filtered(predicate, None)
    }

    /// As [`KTable::filter`], with a store for the result if `materialized` has a name.
    pub fn filter_materialized(
        &self,
        predicate: impl Fn(&K, &V) -> bool + Send + Sync + 'static,
        materialized: Materialized<V>,
    ) -> KTable<K, V> {
        self.filtered(predicate, Some(materialized))
    }

    /// The rows for which `predicate` does not hold; see [`KTable::filter`].
    pub fn filter_not(&self, predicate: impl Fn(&K, &V) -> bool + Send + Sync + 'static) -> KTable<K, V> {
        self.filtered(move |key, value| !predicate(key, value), None)
    }

    /// As [`KTable::filter_not`], with a store for the result if `materialized` has a name.
    pub fn filter_not_materialized(
        &self,
        predicate: impl Fn(&K, &V) -> bool + Send + Sync + 'static,
        materialized: Materialized<V>,
    ) -> KTable<K, V> {
        self.filtered(move |key, value| !predicate(key, value), Some(materialized))
    }

    fn filtered(
        &self,
        predicate: impl Fn(&K, &V) -> bool + Send + Sync + 'static,
        materialized: Option<Materialized<V>>,
    ) -> KTable<K, V> {
        self.derived(Derived {
            prefix: "KTABLE-FILTER-",
            filters: true,
            derive: Arc::new(move |key: &K, value: V| predicate(key, &value).then_some(value)),
            value: self.serdes.value.clone(),
            materialized,
        })
    }
}
