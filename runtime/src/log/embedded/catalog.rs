//! What the database knows beside records: topics, partitions, writers. Read when the log is opened.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use tillstream_stores::rocks::{Durability, ScanRange};

use super::batch::Producer;
use super::keys::{self, FORMAT_VERSION, Fields, META, TOPIC, VERSION_KEY, WRITER};
use super::partition::{PartitionState, Topic};
use super::store::Store;
use crate::log::LogError;

/// A key of the `meta` column and its value.
pub(super) type Entry = (Vec<u8>, Vec<u8>);
/// Topics by name.
pub(super) type Topics = BTreeMap<Arc<str>, Arc<Topic>>;

/// The content of the `meta` column that is kept in memory.
#[derive(Debug)]
pub(super) struct Catalog {
    pub(super) topics: Topics,
    pub(super) writers: BTreeMap<Arc<str>, Producer>,
}

impl Catalog {
    /// Reads everything; a new database gets its format version.
    pub(super) fn load(store: &Store) -> Result<Self, LogError> {
        check_version(store)?;
        let topics = load_topics(store)?;
        for topic in topics.values() {
            for partition in &topic.partitions {
                let value = get(store, &partition.meta_key())?;
                let state = value.as_deref().and_then(PartitionState::decode);
                partition.publish(state.ok_or_else(|| unreadable(store, &partition.name))?);
            }
        }
        let writers = load_writers(store)?;
        Ok(Self { topics, writers })
    }
}

fn check_version(store: &Store) -> Result<(), LogError> {
    let found = get(store, VERSION_KEY)?;
    let Some(found) = found else {
        let version = FORMAT_VERSION.to_be_bytes();
        let written = store.write(Durability::Sync, |batch| batch.put(META, VERSION_KEY, &version));
        return written.map_err(|failed| failed.error);
    };
    match Fields(&found).u32() {
        Some(FORMAT_VERSION) => Ok(()),
        other => Err(store.io(format!(
            "it has format {other:?}, this program reads format {FORMAT_VERSION}; use the version that wrote it, or another directory"
        ))),
    }
}

fn load_topics(store: &Store) -> Result<Topics, LogError> {
    let mut topics = Topics::new();
    for (key, value) in scan(store, TOPIC)? {
        let id = Fields(key.get(1..).unwrap_or_default()).u32();
        let topic = id.and_then(|id| Topic::decode(id, &value));
        let topic = topic.ok_or_else(|| unreadable(store, &"a topic"))?;
        topics.insert(Arc::clone(&topic.info.name), Arc::new(topic));
    }
    Ok(topics)
}

fn load_writers(store: &Store) -> Result<BTreeMap<Arc<str>, Producer>, LogError> {
    let mut writers = BTreeMap::new();
    for (key, value) in scan(store, WRITER)? {
        let name = std::str::from_utf8(key.get(1..).unwrap_or_default());
        let (Ok(name), Some(producer)) = (name, decode_producer(&value)) else {
            return Err(unreadable(store, &"a transactional id"));
        };
        writers.insert(name.into(), producer);
    }
    Ok(writers)
}

/// The value under a transactional id.
pub(super) fn encode_producer(producer: Producer) -> Vec<u8> {
    let mut value = producer.id.to_be_bytes().to_vec();
    value.extend(producer.epoch.to_be_bytes());
    value
}

fn decode_producer(value: &[u8]) -> Option<Producer> {
    let mut fields = Fields(value);
    Some(Producer { id: fields.u32()?, epoch: fields.u32()? })
}

/// Everything about `topic` that is written when it is created.
pub(super) fn new_topic_entries(topic: &Topic) -> Vec<Entry> {
    let state = PartitionState::default().encode();
    let partitions = topic.partitions.iter();
    let mut entries: Vec<_> = partitions.map(|partition| (partition.meta_key(), state.clone())).collect();
    entries.push((keys::topic(topic.id), topic.encode()));
    entries
}

/// The value of a key of the `meta` column.
pub(super) fn get(store: &Store, key: &[u8]) -> Result<Option<Vec<u8>>, LogError> {
    store.read(|database| database.get(META, key, <[u8]>::to_vec))
}

fn scan(store: &Store, tag: u8) -> Result<Vec<Entry>, LogError> {
    let mut found = Vec::new();
    store.read(|database| {
        database.scan(META, &ScanRange::prefix(&[tag]), |key, value| {
            found.push((key.to_vec(), value.to_vec()));
            ControlFlow::Continue(())
        })
    })?;
    Ok(found)
}

fn unreadable(store: &Store, what: &dyn std::fmt::Display) -> LogError {
    store.io(format!("what it knows about {what} cannot be read; restore the log directory from a backup"))
}
