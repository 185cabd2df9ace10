//! `filter` and `filter_not`: keep some records.

use crate::KStream;

impl<K: Clone + 'static, V: Clone + 'static> KStream<K, V> {
    /// Keeps the records for which `predicate` holds.
    pub fn filter(&self, predicate: impl Fn(&K, &V) -> bool + Send + Sync + 'static) -> KStream<K, V> {
        self.passing("KSTREAM-FILTER-", move |record, children, context| {
            if predicate(&record.key, &record.value) { children.forward(record, context) } else { Ok(()) }
        })
    }

    /// Keeps the records for which `predicate` does not hold.
    pub fn filter_not(&self, predicate: impl Fn(&K, &V) -> bool + Send + Sync + 'static) -> KStream<K, V> {
        self.filter(move |key, value| !predicate(key, value))
    }
}
