//! `split`: each record goes to the first branch whose predicate holds.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::KStream;
use crate::graph::{NodeId, NodeKind, Output, wire_fn};
use crate::processor::{Children, Context, Forward, ProcessError, Record};

type Predicate<K, V> = Arc<dyn Fn(&K, &V) -> bool + Send + Sync>;
type Branches<K, V> = Arc<Mutex<Vec<(Option<Predicate<K, V>>, Arc<Output<K, V>>)>>>;

/// The name of a branch: the split's name followed by this one or by a number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Branched {
    name: Option<String>,
}

impl Branched {
    /// Names the branch.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()) }
    }

    /// Numbers the branch.
    pub fn unnamed() -> Self {
        Self::default()
    }
}

/// A stream being split.
pub struct BranchedStream<K, V> {
    parent: KStream<K, V>,
    node: NodeId,
    name: String,
    branches: Branches<K, V>,
    streams: BTreeMap<String, KStream<K, V>>,
    count: usize,
}

impl<K, V> fmt::Debug for BranchedStream<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BranchedStream").field("name", &self.name).field("branches", &self.streams.keys()).finish()
    }
}

impl<K: Clone + 'static, V: Clone + 'static> KStream<K, V> {
    /// Splits the stream; a record that fits no branch is dropped unless there is a default branch.
    pub fn split(&self) -> BranchedStream<K, V> {
        let mut state = self.builder.borrow_mut();
        let name = state.names.named(self.name.as_deref(), "KSTREAM-BRANCH-");
        let node = state.add_node(name.clone(), NodeKind::Processor { stores: Vec::new() }, vec![self.node]);
        drop(state);
        let branches: Branches<K, V> = Arc::default();
        let blueprints = Arc::clone(&branches);
        self.output.add(wire_fn(move |wiring| {
            let blueprints = blueprints.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let branches = blueprints
                .into_iter()
                .map(|(predicate, output)| Ok((predicate, output.wire(wiring)?)))
                .collect::<Result<Vec<_>, crate::WiringError>>()?;
            Ok(Box::new(Split { branches }))
        }));
        BranchedStream { parent: self.clone(), node, name, branches, streams: BTreeMap::new(), count: 0 }
    }
}

impl<K: Clone + 'static, V: Clone + 'static> BranchedStream<K, V> {
    /// A branch for the records for which `predicate` holds and that fit no earlier branch.
    #[must_use]
    pub fn branch(mut self, predicate: impl Fn(&K, &V) -> bool + Send + Sync + 'static, branched: Branched) -> Self {
        self.count += 1;
        let suffix = branched.name.unwrap_or_else(|| self.count.to_string());
        self.add(Some(Arc::new(predicate)), &suffix);
        self
    }

    /// A branch for all other records; answers the branches by name.
    pub fn default_branch(mut self, branched: Branched) -> BTreeMap<String, KStream<K, V>> {
        let suffix = branched.name.unwrap_or_else(|| "0".to_owned());
        self.add(None, &suffix);
        self.streams
    }

    /// Drops all other records; answers the branches by name.
    pub fn no_default_branch(self) -> BTreeMap<String, KStream<K, V>> {
        self.streams
    }

    fn add(&mut self, predicate: Option<Predicate<K, V>>, suffix: &str) {
        let mut state = self.parent.builder.borrow_mut();
        let name = format!("{}{suffix}", self.name);
        // A branch burns a number although its name is made of the split's.
        state.names.named(Some(&name), "KSTREAM-BRANCHCHILD-");
        let node = state.add_node(name.clone(), NodeKind::Processor { stores: Vec::new() }, vec![self.node]);
        drop(state);
        let output = Output::new();
        self.branches.lock().unwrap_or_else(PoisonError::into_inner).push((predicate, Arc::clone(&output)));
        let parent = &self.parent;
        let stream = KStream {
            key_changed: parent.key_changed,
            ..KStream::new(&parent.builder, node, output, parent.serdes.clone(), parent.sources.clone())
        };
        self.streams.insert(name, stream);
    }
}

/// What a branch takes (`None`: all the rest) and what lies below it.
type Branch<K, V> = (Option<Predicate<K, V>>, Children<K, V>);

struct Split<K, V> {
    branches: Vec<Branch<K, V>>,
}

impl<K: Clone, V: Clone> Forward<K, V> for Split<K, V> {
    fn forward(&mut self, record: Record<K, V>, context: &mut Context) -> Result<(), ProcessError> {
        let fits = |predicate: &Option<Predicate<K, V>>| {
            predicate.as_ref().is_none_or(|predicate| predicate(&record.key, &record.value))
        };
        match self.branches.iter_mut().find(|(predicate, _)| fits(predicate)) {
            Some((_, children)) => children.forward(record, context),
            None => Ok(()),
        }
    }
}
