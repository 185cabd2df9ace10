//! Where a topology begins: topics become streams and tables.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use tillstream_stores::{ChangelogMode, KeyValueBuilder, SessionBuilder, StoreBuilder, StoreOptions, WindowBuilder};

use crate::graph::{
    BuildError, BuilderState, NodeKind, Output, SharedBuilder, SourceEntry, StoreHandle, TopicName, Topology,
    TypedSource,
};
use crate::options::{Consumed, TopologyConfig};
use crate::stream::{KStream, Serdes};

/// Builds a [`Topology`] from streams and tables.
///
/// ```
/// use tillstream_topology::{Consumed, Grouped, Materialized, Produced, StreamsBuilder};
/// use tillstream_topology::stores::{u64_be, utf8};
///
/// let builder = StreamsBuilder::new();
/// builder
///     .stream("words", Consumed::with(utf8(), utf8()))
///     .group_by(|_, word: &String| word.to_lowercase(), Grouped::with(utf8(), utf8()))
///     .count(Materialized::named_with("counts", u64_be()))
///     .to_stream()
///     .to("word-counts", Produced::with(utf8(), tillstream_topology::stores::nullable(u64_be())));
/// let topology = builder.build().unwrap();
/// assert_eq!(topology.sub_topologies().len(), 2);
/// ```
pub struct StreamsBuilder {
    state: SharedBuilder,
}

impl Default for StreamsBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for StreamsBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StreamsBuilder").field("nodes", &self.state.borrow().nodes.len()).finish()
    }
}

impl StreamsBuilder {
    /// A builder with the usual settings.
    pub fn new() -> Self {
        Self::with_config(TopologyConfig::default())
    }

    /// A builder with settings of its own.
    pub fn with_config(config: TopologyConfig) -> Self {
        Self { state: Rc::new(RefCell::new(BuilderState::new(config))) }
    }

    /// The records of a topic. A topic may be read several times, with the same types: it is read once.
    pub fn stream<K: Clone + 'static, V: Clone + 'static>(
        &self,
        topic: &str,
        consumed: Consumed<K, V>,
    ) -> KStream<K, V> {
        self.stream_of(&[topic], consumed)
    }

    /// The records of several topics, merged by time.
    pub fn stream_of<K: Clone + 'static, V: Clone + 'static>(
        &self,
        topics: &[&str],
        consumed: Consumed<K, V>,
    ) -> KStream<K, V> {
        let mut names: Vec<&str> = topics.to_vec();
        names.sort_unstable();
        let index = names.join(",");
        let topics: Vec<TopicName> = topics.iter().map(|topic| TopicName::External((*topic).into())).collect();
        self.source(index, NodeKind::Source { topics, pattern: None }, consumed)
    }

    /// The records of all topics whose whole name the regular expression `pattern` matches, merged by time.
    pub fn stream_matching<K: Clone + 'static, V: Clone + 'static>(
        &self,
        pattern: &str,
        consumed: Consumed<K, V>,
    ) -> KStream<K, V> {
        if let Err(error) = regex::Regex::new(pattern) {
            let (operator, message) = (format!("source of topics like {pattern}"), error.to_string());
            self.state.borrow_mut().errors.push(BuildError::Invalid { operator, message });
        }
        let kind = NodeKind::Source { topics: Vec::new(), pattern: Some(pattern.to_owned()) };
        self.source(format!("/{pattern}/"), kind, consumed)
    }

    /// The stream of a source, or the one that reads the same topics already.
    fn source<K: Clone + 'static, V: Clone + 'static>(
        &self,
        index: String,
        kind: NodeKind,
        consumed: Consumed<K, V>,
    ) -> KStream<K, V> {
        let mut state = self.state.borrow_mut();
        let name = state.names.named(consumed.name.as_deref(), "KSTREAM-SOURCE-");
        let serdes = Serdes { key: Some(Arc::clone(&consumed.key)), value: Some(Arc::clone(&consumed.value)) };
        if let Some((node, known)) = state.typed_sources.get(&index).cloned() {
            if let Some(output) = known.downcast_ref::<Arc<Output<K, V>>>() {
                return KStream::new(&self.state, node, Arc::clone(output), serdes, [node].into());
            }
            state.errors.push(BuildError::SourceConflict { topic: index.clone() });
        }
        let node = state.add_node(name, kind, Vec::new());
        let output: Arc<Output<K, V>> = Output::new();
        state.typed_sources.insert(index, (node, Arc::new(Arc::clone(&output)) as Arc<dyn Any>));
        let blueprint = TypedSource {
            key: consumed.key,
            value: consumed.value,
            extractor: consumed.extractor,
            output: Arc::clone(&output),
        };
        state.sources.push(SourceEntry { node, blueprint: Arc::new(blueprint) });
        drop(state);
        KStream::new(&self.state, node, output, serdes, [node].into())
    }

    /// Adds a key-value store for processors and hands out its typed handle.
    pub fn add_key_value_store<K: Clone + 'static, V: Clone + 'static>(
        &self,
        builder: KeyValueBuilder<K, V>,
    ) -> StoreHandle<tillstream_stores::KeyValueStore<K, V>> {
        self.add_store_of_processors(Arc::new(builder))
    }

    /// Adds a window store for processors and hands out its typed handle.
    pub fn add_window_store<K: Clone + 'static, V: Clone + 'static>(
        &self,
        builder: WindowBuilder<K, V>,
    ) -> StoreHandle<tillstream_stores::WindowStore<K, V>> {
        self.add_store_of_processors(Arc::new(builder))
    }

    /// Adds a session store for processors and hands out its typed handle.
    pub fn add_session_store<K: Clone + 'static, V: Clone + 'static>(
        &self,
        builder: SessionBuilder<K, V>,
    ) -> StoreHandle<tillstream_stores::SessionStore<K, V>> {
        self.add_store_of_processors(Arc::new(builder))
    }

    #[expect(clippy::needless_pass_by_value, reason = "the three above hand their blueprint over")]
    fn add_store_of_processors<S>(&self, builder: Arc<dyn StoreBuilder>) -> StoreHandle<S> {
        let store = builder.with_options(of_processor(builder.options().clone()));
        let handle = StoreHandle::new(store.name());
        self.state.borrow_mut().add_store(store, None);
        handle
    }

    /// Checks the topology and freezes it.
    ///
    /// # Errors
    /// All faults at once.
    pub fn build(self) -> Result<Topology, BuildErrors> {
        let config = self.state.borrow().config.clone();
        let state = self.state.replace(BuilderState::new(config));
        Topology::check(state).map_err(BuildErrors)
    }

    pub(crate) fn shared(&self) -> &SharedBuilder {
        &self.state
    }
}

/// Nobody flushes the store of a processor: what its cache does is to gather the changelog.
fn of_processor(options: StoreOptions) -> StoreOptions {
    match options.caching {
        true => StoreOptions { caching: false, changelog_mode: ChangelogMode::PerCommit, ..options },
        false => options,
    }
}

/// All faults of a topology.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildErrors(pub Vec<BuildError>);

impl std::fmt::Display for BuildErrors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the topology cannot be built:")?;
        self.0.iter().try_for_each(|error| write!(f, "\n  {error}"))
    }
}

impl std::error::Error for BuildErrors {}
