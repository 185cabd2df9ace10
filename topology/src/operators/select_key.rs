//! `select_key`: another key.

use crate::stream::Serdes;
use crate::{KStream, Record};

impl<K: Clone + 'static, V: Clone + 'static> KStream<K, V> {
    /// Another key for each record. The next grouping or join repartitions.
    pub fn select_key<K2: Clone + 'static>(
        &self,
        selector: impl Fn(&K, &V) -> K2 + Send + Sync + 'static,
    ) -> KStream<K2, V> {
        let serdes = Serdes { key: None, value: self.serdes.value.clone() };
        self.stateless("KSTREAM-KEY-SELECT-", serdes, move |record, children, context| {
            let key = selector(&record.key, &record.value);
            let Record { value, timestamp, headers, .. } = record;
            children.forward(Record { key, value, timestamp, headers }, context)
        })
        .rekeyed()
    }
}
