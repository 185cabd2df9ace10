//! `cast_values`: another type for the same values.

use crate::KStream;
use crate::graph::Output;
use crate::stream::Serdes;

impl<K: Clone + 'static, V: Clone + 'static> KStream<K, V> {
    /// The same stream with its values as another type, such as `Option<V>` as a `V` that has a null of its own. Adds no
    /// node: `convert` should say nothing about the value that was not known before.
    #[must_use]
    pub fn cast_values<V2: Clone + 'static>(
        &self,
        convert: impl Fn(V) -> V2 + Send + Sync + 'static,
    ) -> KStream<K, V2> {
        let output = Output::new();
        self.attach(&output, move |record, children, context| children.forward(record.map_value(&convert), context));
        let serdes = Serdes { key: self.serdes.key.clone(), value: None };
        KStream {
            key_changed: self.key_changed,
            name: self.name.clone(),
            ..KStream::new(&self.builder, self.node, output, serdes, self.sources.clone())
        }
    }
}
