//! `mark_as_partitioned`: a changed key that stays at home (KIP-759).

use crate::KStream;

impl<K: Clone + 'static, V: Clone + 'static> KStream<K, V> {
    /// Says that records with equal keys are in one partition although the key was changed, so that the next grouping or join
    /// does not repartition: the new key must be decided by the key the stream was partitioned by, as `product|partner` is by
    /// `product`. Where it is not, results are split over tasks.
    #[must_use]
    pub fn mark_as_partitioned(&self) -> KStream<K, V> {
        KStream { key_changed: false, ..self.clone() }
    }
}
