//! `map` and `map_values`: one record for each.

use crate::KStream;
use crate::stream::Serdes;

impl<K: Clone + 'static, V: Clone + 'static> KStream<K, V> {
    /// Another key and value for each record. The next grouping or join repartitions.
    pub fn map<K2, V2>(&self, mapper: impl Fn(K, V) -> (K2, V2) + Send + Sync + 'static) -> KStream<K2, V2>
    where
        K2: Clone + 'static,
        V2: Clone + 'static,
    {
        self.stateless("KSTREAM-MAP-", Serdes { key: None, value: None }, move |record, children, context| {
            let (key, value) = mapper(record.key, record.value);
            let record = crate::Record { key, value, timestamp: record.timestamp, headers: record.headers };
            children.forward(record, context)
        })
        .rekeyed()
    }

    /// Another value for each record; the key, and with it the partition, stays.
    pub fn map_values<V2: Clone + 'static>(&self, mapper: impl Fn(V) -> V2 + Send + Sync + 'static) -> KStream<K, V2> {
        let serdes = Serdes { key: self.serdes.key.clone(), value: None };
        self.stateless("KSTREAM-MAPVALUES-", serdes, move |record, children, context| {
            children.forward(record.map_value(&mapper), context)
        })
    }

    /// As [`KStream::map_values`], with a look at the key.
    pub fn map_values_with_key<V2: Clone + 'static>(
        &self,
        mapper: impl Fn(&K, V) -> V2 + Send + Sync + 'static,
    ) -> KStream<K, V2> {
        let serdes = Serdes { key: self.serdes.key.clone(), value: None };
        self.stateless("KSTREAM-MAPVALUES-", serdes, move |record, children, context| {
            let value = mapper(&record.key, record.value);
            let record = crate::Record { key: record.key, value, timestamp: record.timestamp, headers: record.headers };
            children.forward(record, context)
        })
    }

    /// As [`KStream::map_values`], for a mapper that can refuse a record, which then goes to the dead letters.
    pub fn try_map_values<V2: Clone + 'static>(
        &self,
        mapper: impl Fn(&K, V) -> Result<V2, crate::ProcessError> + Send + Sync + 'static,
    ) -> KStream<K, V2> {
        let serdes = Serdes { key: self.serdes.key.clone(), value: None };
        self.stateless("KSTREAM-MAPVALUES-", serdes, move |record, children, context| {
            let value = mapper(&record.key, record.value)?;
            let record = crate::Record { key: record.key, value, timestamp: record.timestamp, headers: record.headers };
            children.forward(record, context)
        })
    }
}
