//! The inlets of a task: deserialise a record once, find its event time, push it into the operators.

use std::sync::Arc;

use tillstream_stores::SharedSerde;

use super::{Output, Wiring, WiringError};
use crate::options::{TimestampExtractor, Timestamps};
use crate::processor::{Children, Context, ProcessError, RawRecord, Record};

/// Makes a source for one task.
pub(crate) trait SourceBlueprint: Send + Sync {
    fn wire(&self, wiring: &mut Wiring<'_>) -> Result<Box<dyn SourceInput>, WiringError>;
}

/// A source of one task. It holds at most one prepared record for each topic: the head of that partition's queue.
pub(crate) trait SourceInput {
    /// Deserialises `raw` into the slot `slot`, where typed key and value wait, and answers its event time.
    fn prepare(&mut self, slot: usize, raw: &RawRecord, times: Timestamps) -> Result<i64, ProcessError>;

    /// Pushes the prepared record through the operators, at event time `timestamp`.
    fn process(&mut self, slot: usize, timestamp: i64, context: &mut Context) -> Result<(), ProcessError>;
}

/// What a typed source is made of.
pub(crate) struct TypedSource<K, V> {
    pub(crate) key: SharedSerde<K>,
    pub(crate) value: SharedSerde<V>,
    pub(crate) extractor: Option<Arc<TimestampExtractor<K, V>>>,
    pub(crate) output: Arc<Output<K, V>>,
}

impl<K: Clone + 'static, V: Clone + 'static> SourceBlueprint for TypedSource<K, V> {
    fn wire(&self, wiring: &mut Wiring<'_>) -> Result<Box<dyn SourceInput>, WiringError> {
        Ok(Box::new(TypedInput {
            key: Arc::clone(&self.key),
            value: Arc::clone(&self.value),
            extractor: self.extractor.clone(),
            children: self.output.wire(wiring)?,
            heads: Vec::new(),
        }))
    }
}

struct TypedInput<K, V> {
    key: SharedSerde<K>,
    value: SharedSerde<V>,
    extractor: Option<Arc<TimestampExtractor<K, V>>>,
    children: Children<K, V>,
    heads: Vec<Option<Record<K, V>>>,
}

impl<K: Clone, V: Clone> SourceInput for TypedInput<K, V> {
    fn prepare(&mut self, slot: usize, raw: &RawRecord, times: Timestamps) -> Result<i64, ProcessError> {
        let key = self
            .key
            .deserialize(raw.key.as_deref())
            .map_err(|source| ProcessError::Deserialization { part: "key", source })?;
        let value = self
            .value
            .deserialize(raw.value.as_deref())
            .map_err(|source| ProcessError::Deserialization { part: "value", source })?;
        let timestamp = match &self.extractor {
            Some(extract) => extract(&key, &value, times)
                .map_err(|reason| ProcessError::Timestamp { timestamp: raw.timestamp, reason })?,
            None => raw.timestamp,
        };
        if self.heads.len() <= slot {
            self.heads.resize_with(slot + 1, || None);
        }
        if let Some(head) = self.heads.get_mut(slot) {
            *head = Some(Record { key, value, timestamp, headers: raw.headers.clone() });
        }
        Ok(timestamp)
    }

    fn process(&mut self, slot: usize, timestamp: i64, context: &mut Context) -> Result<(), ProcessError> {
        match self.heads.get_mut(slot).and_then(Option::take) {
            Some(record) => self.children.forward(Record { timestamp, ..record }, context),
            None => Ok(()),
        }
    }
}
