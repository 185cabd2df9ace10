//! `to_table`: a stream read as a table.

use std::sync::Arc;

use tillstream_stores::SharedSerde;

use super::table_source::SourceRules;
use crate::options::{Grouped, Materialized};
use crate::{KStream, KTable};

impl<K: Clone + 'static, V: Clone + 'static> KStream<K, V> {
    /// The stream as a table: the last record of a key is its row, a null value deletes it, a null key is dropped.
    /// Repartitions if the key was changed before, with `key` and the value serde of `materialized`.
    ///
    /// Without a name in `materialized` the table keeps a store only if something below needs its rows. A stream of
    /// `Option<V>` becomes a table of `V` by [`KTable::flatten`].
    pub fn to_table(&self, key: SharedSerde<K>, materialized: Materialized<V>) -> KTable<K, V> {
        let (name, store) = {
            let mut state = self.builder.borrow_mut();
            let name = state.names.named(self.name.as_deref(), "KSTREAM-TOTABLE-");
            let store = materialized.key_value(&mut state, "KSTREAM-TOTABLE-", Arc::clone(&key));
            (name, store)
        };
        let stream = KStream { name: None, ..self.clone() };
        let value = Arc::clone(&materialized.value);
        let stream = if self.key_changed {
            stream.through(&name, &Grouped::with(Arc::clone(&key), Arc::clone(&value)), None)
        } else {
            stream
        };
        stream.rows_of(name, store, None, SourceRules { key, value, materialized }, Some)
    }
}
