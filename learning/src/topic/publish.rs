//! Writing a model.

use std::sync::Arc;

use tillstream_runtime::log::{Append, Log, LogWriter};
use tillstream_stores::Headers;

use super::{Manifest, chunk_key, partition_of};
use crate::LearningError;

/// A model on its way into the topic.
#[derive(Clone, Copy, Debug)]
pub struct Publication<'a> {
    /// The topic.
    pub topic: &'a str,
    /// The name of its kind.
    pub name: &'a str,
    /// The transactional id: of two who write at once the older one is refused.
    pub transactional_id: &'a str,
    /// The version of the model.
    pub version: u64,
    /// The model.
    pub bytes: &'a [u8],
    /// Largest chunk.
    pub chunk_bytes: usize,
    /// Chunks the version before has: those beyond the new ones are deleted.
    pub chunks_before: u32,
    /// Time of the records, epoch ms.
    pub at_ms: i64,
}

/// Writes a model in one transaction: readers see all of it or nothing.
///
/// # Errors
/// [`LearningError::NoTopic`], [`LearningError::Log`].
pub fn publish(log: &dyn Log, publication: &Publication<'_>) -> Result<(), LearningError> {
    let topics = log.topics()?;
    let missing = || LearningError::NoTopic { topic: publication.topic.to_owned() };
    let topic = topics.iter().find(|topic| *topic.name == *publication.topic).ok_or_else(missing)?;
    let partition = partition_of(topic);
    let mut writer = log.writer(publication.transactional_id)?;
    let mut transaction = Transaction { writer: writer.as_mut(), topic: &topic.name, partition, publication };
    let outcome = transaction.write();
    if outcome.is_err() {
        writer.abort();
    }
    outcome
}

struct Transaction<'a> {
    writer: &'a mut dyn LogWriter,
    topic: &'a Arc<str>,
    partition: u32,
    publication: &'a Publication<'a>,
}

impl Transaction<'_> {
    fn write(&mut self) -> Result<(), LearningError> {
        let Publication { name, bytes, version, chunk_bytes, chunks_before, .. } = *self.publication;
        let mut chunks = 0;
        for chunk in bytes.chunks(chunk_bytes.max(1)) {
            self.append(&chunk_key(name, chunks), Some(chunk))?;
            chunks += 1;
        }
        for gone in chunks..chunks_before {
            self.append(&chunk_key(name, gone), None)?;
        }
        let manifest = serde_json::to_vec(&Manifest::of(name, version, chunks, bytes))?;
        self.append(name, Some(&manifest))?;
        self.writer.commit()?;
        Ok(())
    }

    fn append(&mut self, key: &str, value: Option<&[u8]>) -> Result<(), LearningError> {
        // Chunks say which version they are of: compaction may leave some of one and some of the next.
        let version = self.publication.version.to_string().into_bytes();
        let headers = Headers::new().with("tillstream.version", Some(version.into()));
        self.writer.append(Append {
            topic: self.topic,
            partition: self.partition,
            key: Some(key.as_bytes()),
            value,
            timestamp: self.publication.at_ms,
            headers: &headers,
        })?;
        Ok(())
    }
}
