//! Scripted records and readable results, for this crate's own tests.

use bytes::Bytes;
use tillstream_stores::{Backend, ChangelogMode, Headers, SharedSerde, json, nullable, utf8};

use super::{DriverOptions, ProducedRecord, TopologyTestDriver};
use crate::{Consumed, Produced, StreamsBuilder, TopologyConfig};

/// Keys that may be null, as text.
pub(crate) type Key = Option<String>;

pub(crate) fn key() -> SharedSerde<Key> {
    nullable(utf8())
}

/// Values that may be null, as JSON.
pub(crate) type Value = Option<i64>;

pub(crate) fn value() -> SharedSerde<Value> {
    nullable(json())
}

/// Each result at once, each write logged: what Kafka Streams' test driver shows.
pub(crate) fn builder() -> StreamsBuilder {
    builder_with(|_| {})
}

pub(crate) fn builder_with(change: impl Fn(&mut TopologyConfig)) -> StreamsBuilder {
    let mut config = TopologyConfig {
        caching: false,
        backend: Backend::Memory,
        changelog_mode: ChangelogMode::EveryPut,
        ..TopologyConfig::default()
    };
    change(&mut config);
    StreamsBuilder::with_config(config)
}

pub(crate) fn consumed() -> Consumed<Key, Value> {
    Consumed::with(key(), value())
}

pub(crate) fn produced<R: serde::Serialize + serde::de::DeserializeOwned + 'static>() -> Produced<Key, R> {
    Produced::with(key(), json())
}

/// Topic, key, value and time of a record; `-` is null.
pub(crate) type Event = (&'static str, &'static str, &'static str, i64);

/// A driver that was fed.
pub(crate) struct Script(pub(crate) TopologyTestDriver);

impl Script {
    pub(crate) fn new(builder: StreamsBuilder) -> Self {
        Self(TopologyTestDriver::new(&builder.build().unwrap(), DriverOptions::default()).unwrap())
    }

    /// Runs `events` and answers what was written to `out`, as `key value time`.
    pub(crate) fn run(builder: StreamsBuilder, events: &[Event]) -> Vec<String> {
        let mut script = Self::new(builder);
        script.feed(events);
        script.read("out")
    }

    pub(crate) fn feed(&mut self, events: &[Event]) {
        let bytes = |text: &'static str| (text != "-").then(|| Bytes::from_static(text.as_bytes()));
        for (topic, key, value, timestamp) in events {
            let record = ProducedRecord {
                key: bytes(key),
                value: bytes(value),
                timestamp: *timestamp,
                headers: Headers::default(),
            };
            self.0.pipe_raw(topic, record).unwrap();
        }
    }

    pub(crate) fn read(&mut self, topic: &str) -> Vec<String> {
        texts(&self.0.read(topic))
    }

    /// The changelog of a store, or what was written to a repartition topic.
    pub(crate) fn log(&self, topic: &str) -> Vec<String> {
        let written = self.0.written().find(|(name, _)| ***name == *topic).map(|(_, records)| records.to_vec());
        texts(&written.or_else(|| self.0.changelogs().get(topic).cloned()).unwrap_or_default())
    }
}

fn texts(records: &[ProducedRecord]) -> Vec<String> {
    let text = |bytes: &Option<Bytes>| match bytes {
        Some(bytes) => bytes.escape_ascii().to_string().replace("\\\"", "\""),
        None => "-".to_owned(),
    };
    records.iter().map(|record| format!("{} {} {}", text(&record.key), text(&record.value), record.timestamp)).collect()
}
