//! A log and an application in a temporary directory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tillstream_runtime::log::embedded::{EmbeddedLog, EmbeddedOptions};
use tillstream_runtime::log::{
    Append, CleanupPolicy, Log, OffsetRange, RawRecord, Stretch, TopicPartition, TopicSpec, read_stretches,
};
use tillstream_runtime::metrics::EngineMetrics;
use tillstream_runtime::partitioner::partition_for;
use tillstream_runtime::trace::SpanExporter;
use tillstream_runtime::{Application, ApplicationState, Options, StoreQuery, SystemClock};
use tillstream_stores::rocks::Resources;
use tillstream_stores::{Headers, SharedSerde};
use tillstream_topology::Topology;

pub(crate) const PARTITIONS: u32 = 4;

pub(crate) struct Harness {
    /// Removed at the end, unless the harness was opened on somebody else's directory.
    temporary: Option<TempDir>,
    dir: PathBuf,
    resources: Resources,
    pub(crate) log: Arc<dyn Log>,
}

impl Harness {
    pub(crate) fn new(topics: &[&str]) -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let harness = Self::open(temporary.path(), topics);
        Self { temporary: Some(temporary), ..harness }
    }

    /// A log in a temporary directory, in a wrapping that is handed out, too.
    pub(crate) fn wrapped<L: Log + Clone + 'static>(
        topics: &[&str],
        wrap: impl FnOnce(Arc<dyn Log>) -> L,
    ) -> (Self, L) {
        let (temporary, mut wrapped) = (tempfile::tempdir().unwrap(), None);
        let harness = Self::on(temporary.path(), topics, |log| Arc::new(wrapped.insert(wrap(log)).clone()));
        (Self { temporary: Some(temporary), ..harness }, wrapped.unwrap())
    }

    /// A log in a directory that stays.
    pub(crate) fn open(dir: &Path, topics: &[&str]) -> Self {
        Self::on(dir, topics, |log| log)
    }

    /// A log in a directory that stays, in a wrapping.
    pub(crate) fn on(dir: &Path, topics: &[&str], wrap: impl FnOnce(Arc<dyn Log>) -> Arc<dyn Log>) -> Self {
        let resources = Resources::new(32 << 20, 40, 128);
        // Small, so that it takes several fetches to read a partition.
        let options = EmbeddedOptions { partition_fetch_bytes: 32 << 10, ..EmbeddedOptions::default() };
        let log = EmbeddedLog::open(&dir.join("log"), options, resources.clone()).unwrap();
        let log = wrap(Arc::new(log));
        let policy = CleanupPolicy::Delete { retention_ms: None };
        let specs: Vec<TopicSpec> = topics
            .iter()
            .chain(&["dead-letters"])
            .map(|name| TopicSpec { name: (*name).into(), partitions: PARTITIONS, policy })
            .collect();
        log.create_topics(&specs).unwrap();
        Self { temporary: None, dir: dir.to_owned(), resources, log }
    }

    /// Closes the log; the directory lives as long as the answer.
    pub(crate) fn release(self) -> Option<TempDir> {
        self.temporary
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(crate) fn state_dir(&self) -> PathBuf {
        self.dir.join("state")
    }

    pub(crate) fn produce<'a>(&self, topic: &str, records: impl IntoIterator<Item = (&'a str, Option<&'a [u8]>, i64)>) {
        let topic: Arc<str> = topic.into();
        let mut writer = self.log.writer("test-producer").unwrap();
        for (key, value, timestamp) in records {
            let partition = partition_for(key.as_bytes(), PARTITIONS);
            let headers = Headers::default();
            let key = Some(key.as_bytes());
            writer.append(Append { topic: &topic, partition, key, value, timestamp, headers: &headers }).unwrap();
        }
        writer.commit().unwrap();
    }

    pub(crate) fn start(&self, topology: &Topology, threads: usize) -> Application {
        self.start_with(topology, Options { threads, commit_interval_ms: 20, ..Options::default() })
    }

    /// As [`Harness::start`] with one thread, telling `spans`.
    pub(crate) fn start_traced(&self, topology: &Topology, spans: Option<Arc<dyn SpanExporter>>) -> Application {
        self.start_with(topology, Options { threads: 1, commit_interval_ms: 20, spans, ..Options::default() })
    }

    /// As [`Harness::start`], with whatever `options` say of threads, commits and spans.
    pub(crate) fn start_with(&self, topology: &Topology, options: Options) -> Application {
        let options = Options {
            application_id: "app".to_owned(),
            state_dir: Some(self.state_dir()),
            sender_idle_timeout_ms: 200,
            repartition_purge_interval_ms: 20,
            ..options
        };
        let metrics = EngineMetrics::new(&prometheus::Registry::new()).unwrap();
        let clock = Arc::new(SystemClock);
        Application::start(topology, Arc::clone(&self.log), self.resources.clone(), clock, metrics, options).unwrap()
    }

    /// All records of a topic, by partition and offset: key, value, headers. Without those that are deleted meanwhile.
    pub(crate) fn read(&self, topic: &str) -> Vec<(Vec<u8>, Option<Vec<u8>>, Headers)> {
        let info = self.log.topics().unwrap().into_iter().find(|info| &*info.name == topic).unwrap();
        let partitions: Vec<_> = (0..info.partitions).map(|number| TopicPartition::new(topic, number)).collect();
        let ranges = self.log.offsets(&partitions).unwrap();
        let stretch = |(partition, range): (_, &OffsetRange)| Stretch::up_to(partition, range.start, range.end);
        let stretches: Vec<Stretch> = partitions.iter().zip(&ranges).map(stretch).collect();
        let records = read_stretches(&*self.log, &stretches).unwrap().into_iter().flatten();
        let parts = |record: RawRecord| {
            (record.key.unwrap_or_default().to_vec(), record.value.map(|value| value.to_vec()), record.headers)
        };
        records.map(parts).collect()
    }
}

/// Waits until everything produced so far is processed and committed.
pub(crate) fn settle(application: &Application) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        assert!(
            Instant::now() < deadline,
            "not settled: {:?}, pending {:?}",
            application.state(),
            application.pending()
        );
        match application.state() {
            ApplicationState::Failed(error) => panic!("{error}"),
            ApplicationState::Running if application.pending().unwrap() == 0 => return,
            _ => std::thread::yield_now(),
        }
    }
}

/// All rows of a key-value store, over all tasks.
pub(crate) fn rows<V>(
    application: &Application,
    store: &str,
    key: &SharedSerde<String>,
    value: &SharedSerde<V>,
) -> BTreeMap<String, V> {
    try_rows(application, store, key, value).unwrap()
}

/// As [`rows`], for a store that may be damaged.
pub(crate) fn try_rows<V>(
    application: &Application,
    store: &str,
    key: &SharedSerde<String>,
    value: &SharedSerde<V>,
) -> Result<BTreeMap<String, V>, tillstream_stores::Error> {
    rows_of(application.query(), store, key, value)
}

/// All rows of a key-value store as `query` sees it.
pub(crate) fn rows_of<V>(
    query: &StoreQuery,
    store: &str,
    key: &SharedSerde<String>,
    value: &SharedSerde<V>,
) -> Result<BTreeMap<String, V>, tillstream_stores::Error> {
    let mut rows = BTreeMap::new();
    for task in query.holders(store) {
        let part = task.reader.snapshot(|snapshot| {
            snapshot.key_value_view(store, Arc::clone(key), Arc::clone(value))?.all(usize::MAX)
        })??;
        rows.extend(part.into_iter().map(|(key, row)| (key, row.value)));
    }
    Ok(rows)
}
