//! `to_stream`: the updates of a table as records.

use crate::graph::Output;
use crate::stream::Serdes;
use crate::{KStream, KTable};

impl<K: Clone + 'static, V: Clone + 'static> KTable<K, V> {
    /// The updates as a stream; `None` is a delete.
    pub fn to_stream(&self) -> KStream<K, Option<V>> {
        let node = self.builder.borrow_mut().add_processor(
            self.name.as_deref(),
            "KTABLE-TOSTREAM-",
            Vec::new(),
            vec![self.node],
        );
        let value = self.serdes.value.clone().map(tillstream_stores::nullable);
        let serdes = Serdes { key: self.serdes.key.clone(), value };
        let stream: KStream<K, Option<V>> =
            KStream::new(&self.builder, node, Output::new(), serdes, self.sources.clone());
        self.changes().attach(&stream.output, |record, children, context| {
            children.forward(record.map_value(|change| change.new), context)
        });
        stream
    }

    /// The updates as a stream under another key, which the next grouping or join repartitions.
    pub fn to_stream_with_key<K2: Clone + 'static>(
        &self,
        mapper: impl Fn(&K, &Option<V>) -> K2 + Send + Sync + 'static,
    ) -> KStream<K2, Option<V>> {
        self.to_stream().select_key(mapper)
    }
}
