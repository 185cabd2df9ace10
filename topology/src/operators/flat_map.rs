//! `flat_map` and `flat_map_values`: any number of records for each.

use crate::stream::Serdes;
use crate::{KStream, Record};

impl<K: Clone + 'static, V: Clone + 'static> KStream<K, V> {
    /// Any number of keys and values for each record. The next grouping or join repartitions.
    pub fn flat_map<K2, V2, I>(&self, mapper: impl Fn(K, V) -> I + Send + Sync + 'static) -> KStream<K2, V2>
    where
        K2: Clone + 'static,
        V2: Clone + 'static,
        I: IntoIterator<Item = (K2, V2)>,
    {
        self.stateless("KSTREAM-FLATMAP-", Serdes { key: None, value: None }, move |record, children, context| {
            let Record { key, value, timestamp, headers } = record;
            for (key, value) in mapper(key, value) {
                children.forward(Record { key, value, timestamp, headers: headers.clone() }, context)?;
            }
            Ok(())
        })
        .rekeyed()
    }

    /// Any number of values for each record; the key, and with it the partition, stays.
    pub fn flat_map_values<V2, I>(&self, mapper: impl Fn(V) -> I + Send + Sync + 'static) -> KStream<K, V2>
    where
        V2: Clone + 'static,
        I: IntoIterator<Item = V2>,
    {
        let serdes = Serdes { key: self.serdes.key.clone(), value: None };
        self.stateless("KSTREAM-FLATMAPVALUES-", serdes, move |record, children, context| {
            let Record { key, value, timestamp, headers } = record;
            for value in mapper(value) {
                children.forward(Record { key: key.clone(), value, timestamp, headers: headers.clone() }, context)?;
            }
            Ok(())
        })
    }
}
