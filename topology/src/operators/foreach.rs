//! `foreach`: an end of the line.

use crate::KStream;
use crate::stream::Serdes;

impl<K: Clone + 'static, V: Clone + 'static> KStream<K, V> {
    /// Calls `action` with each record and ends there. Not repeated exactly once: a retried record calls it again.
    pub fn foreach(&self, action: impl Fn(&K, &V) + Send + Sync + 'static) {
        self.stateless("KSTREAM-FOREACH-", Serdes::<(), ()> { key: None, value: None }, move |record, _, _| {
            action(&record.key, &record.value);
            Ok(())
        });
    }
}
