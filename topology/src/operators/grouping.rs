//! `group_by_key` and `group_by`: records of one key belong together.

use std::fmt;

use crate::KStream;
use crate::options::Grouped;
use crate::windows::{SessionWindows, TimeWindows};

/// A stream whose records are grouped by key, ready to be aggregated.
pub struct KGroupedStream<K, V> {
    pub(crate) stream: KStream<K, V>,
    pub(crate) grouped: Grouped<K, V>,
}

/// A grouped stream cut into windows.
pub struct TimeWindowedKStream<K, V> {
    pub(crate) grouped: KGroupedStream<K, V>,
    pub(crate) windows: TimeWindows,
}

/// A grouped stream cut into sessions.
pub struct SessionWindowedKStream<K, V> {
    pub(crate) grouped: KGroupedStream<K, V>,
    pub(crate) windows: SessionWindows,
}

/// A kind of windows that a grouped stream can be cut into.
pub trait Windows {
    /// The stream that is cut so.
    type Stream<K, V>;

    /// Cuts `grouped` into these windows.
    fn cut<K, V>(self, grouped: KGroupedStream<K, V>) -> Self::Stream<K, V>;
}

impl Windows for TimeWindows {
    type Stream<K, V> = TimeWindowedKStream<K, V>;

    fn cut<K, V>(self, grouped: KGroupedStream<K, V>) -> TimeWindowedKStream<K, V> {
        TimeWindowedKStream { grouped, windows: self }
    }
}

impl Windows for SessionWindows {
    type Stream<K, V> = SessionWindowedKStream<K, V>;

    fn cut<K, V>(self, grouped: KGroupedStream<K, V>) -> SessionWindowedKStream<K, V> {
        SessionWindowedKStream { grouped, windows: self }
    }
}

impl<K: Clone + 'static, V: Clone + 'static> KStream<K, V> {
    /// Groups by the key as it is; repartitions only if the key was changed before.
    pub fn group_by_key(&self, grouped: Grouped<K, V>) -> KGroupedStream<K, V> {
        KGroupedStream { stream: KStream { name: None, ..self.clone() }, grouped }
    }

    /// Groups by a new key; repartitions. A name of the grouping is also that of the node that selects the key.
    pub fn group_by<K2: Clone + 'static>(
        &self,
        selector: impl Fn(&K, &V) -> K2 + Send + Sync + 'static,
        grouped: Grouped<K2, V>,
    ) -> KGroupedStream<K2, V> {
        let stream = KStream { name: grouped.name.clone(), ..self.clone() };
        KGroupedStream { stream: stream.select_key(selector), grouped }
    }
}

impl<K: Clone + 'static, V: Clone + 'static> KGroupedStream<K, V> {
    /// Cuts the groups into windows: [`TimeWindows`] or [`SessionWindows`].
    pub fn windowed_by<W: Windows>(&self, windows: W) -> W::Stream<K, V> {
        windows.cut(self.clone())
    }

    /// Names the aggregation that follows.
    #[must_use]
    pub fn named(&self, name: impl Into<String>) -> Self {
        Self { stream: self.stream.named(name), grouped: self.grouped.clone() }
    }

    /// The stream to aggregate: behind a repartition topic where the key was changed. The topic is named after the
    /// grouping, else after the store (KS-5).
    pub(crate) fn partitioned(&self, store: &str) -> KStream<K, V> {
        let stream = KStream { name: None, ..self.stream.clone() };
        if !stream.key_changed {
            return stream;
        }
        let name = self.grouped.name.as_deref().unwrap_or(store);
        stream.through(name, &self.grouped, None)
    }
}

impl<K: Clone + 'static, V: Clone + 'static> TimeWindowedKStream<K, V> {
    /// Names the aggregation that follows.
    #[must_use]
    pub fn named(&self, name: impl Into<String>) -> Self {
        Self { grouped: self.grouped.named(name), windows: self.windows }
    }
}

impl<K: Clone + 'static, V: Clone + 'static> SessionWindowedKStream<K, V> {
    /// Names the aggregation that follows.
    #[must_use]
    pub fn named(&self, name: impl Into<String>) -> Self {
        Self { grouped: self.grouped.named(name), windows: self.windows }
    }
}

impl<K: Clone + 'static, V: Clone + 'static> Clone for SessionWindowedKStream<K, V> {
    fn clone(&self) -> Self {
        Self { grouped: self.grouped.clone(), windows: self.windows }
    }
}

impl<K: Clone + 'static, V: Clone + 'static> Clone for KGroupedStream<K, V> {
    fn clone(&self) -> Self {
        Self { stream: self.stream.clone(), grouped: self.grouped.clone() }
    }
}

impl<K: Clone + 'static, V: Clone + 'static> Clone for TimeWindowedKStream<K, V> {
    fn clone(&self) -> Self {
        Self { grouped: self.grouped.clone(), windows: self.windows }
    }
}

impl<K, V> fmt::Debug for KGroupedStream<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KGroupedStream").field("stream", &self.stream).finish()
    }
}

impl<K, V> fmt::Debug for SessionWindowedKStream<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionWindowedKStream").field("windows", &self.windows).finish()
    }
}

impl<K, V> fmt::Debug for TimeWindowedKStream<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TimeWindowedKStream").field("windows", &self.windows).finish()
    }
}
