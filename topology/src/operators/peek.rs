//! `peek`: look and let pass.

use crate::KStream;

impl<K: Clone + 'static, V: Clone + 'static> KStream<K, V> {
    /// Calls `action` with each record and passes it on.
    pub fn peek(&self, action: impl Fn(&K, &V) + Send + Sync + 'static) -> KStream<K, V> {
        self.passing("KSTREAM-PEEK-", move |record, children, context| {
            action(&record.key, &record.value);
            children.forward(record, context)
        })
    }
}
