//! What a commit asks of a task: everything it wrote, and what it must remember beside its stores.

use std::collections::BTreeMap;

use tillstream_stores::{CommitMeta, Position, Staged};

use super::TaskGraph;
use crate::processor::{Outputs, ProcessError, Sender};

impl TaskGraph {
    /// Forwards what caches and combiners hold back; the first step of a commit.
    ///
    /// # Errors
    /// As [`TaskGraph::process`].
    pub fn flush(&mut self) -> Result<(), ProcessError> {
        // An update of an aggregate was judged when its records came: behind the next repartition topic it is never late.
        self.context.sender = Some(Sender { time: i64::MIN });
        self.context.metadata = None;
        let outcome = self.flushes.iter().try_for_each(|node| node.borrow_mut().flush(&mut self.context));
        self.context.sender = None;
        outcome
    }

    /// What the task wrote since [`TaskGraph::clear_outputs`].
    pub fn outputs(&self) -> &Outputs {
        &self.context.outputs
    }

    /// Forgets the outputs: they are safe in the log.
    pub fn clear_outputs(&mut self) {
        self.context.outputs.clear();
        self.context.commit_requested = false;
    }

    /// Encodes what the stores hold since the last commit.
    ///
    /// # Errors
    /// A store's error.
    pub fn stage(&mut self) -> Result<Staged, tillstream_stores::Error> {
        self.state.stage(&self.stores)
    }

    /// Makes staged writes the committed state, together with the offsets they correspond to.
    ///
    /// # Errors
    /// A store's error: the task must be restored.
    pub fn apply(
        &mut self,
        staged: Staged,
        changelog_offsets: Vec<(String, i64)>,
        position: Position,
    ) -> Result<(), tillstream_stores::Error> {
        let meta = CommitMeta { changelog_offsets, position, times: self.times() };
        self.state.apply(staged, meta, &self.stores)
    }

    /// Every clock of the task by name, epoch ms: what must be saved with a commit.
    pub fn times(&self) -> BTreeMap<String, i64> {
        self.times.iter().map(|(name, time)| (name.clone(), time.get())).collect()
    }

    /// Times to announce to the receivers of this task's repartition topics: short topic name and highest time sent, or
    /// the watermark where this task is behind a repartition topic itself.
    pub fn sent_times(&self) -> impl Iterator<Item = (&str, i64)> {
        self.times.iter().filter_map(|(name, time)| {
            let topic = name.strip_prefix("sent/")?;
            let time = self.context.watermark.map_or_else(|| time.get(), |watermark| watermark.min(time.get()));
            Some((topic, time))
        })
    }

    /// Uncommitted bytes in overlays and outputs.
    pub fn dirty_bytes(&self) -> usize {
        let overlays: usize = self.stores.iter().map(|store| store.borrow().dirty_bytes()).sum();
        overlays + self.context.outputs.byte_size()
    }

    /// Whether a processor asked for a commit.
    pub fn commit_requested(&self) -> bool {
        self.context.commit_requested
    }
}
