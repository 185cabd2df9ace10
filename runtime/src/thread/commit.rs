//! The commit: everything the thread's tasks did becomes durable in one transaction, and only then their state.
//!
//! ```text
//! flush caches → append outputs, changelog, dead letters, sender times, progress → offsets → commit
//!              → only when the commit is known: apply each task's state
//! ```
//!
//! A crash before the commit leaves no trace. A crash between commit and apply leaves the state one transaction behind the
//! log, and the tail of the changelog is replayed at the next start. State is never ahead of the log.

use std::collections::BTreeMap;
use std::sync::Arc;

use tillstream_stores::{ChangelogRecord, Headers, Staged};
use tillstream_topology::TopicPartition;
use tillstream_topology::execution::{SENDER_HEADER, SenderMark};

use super::StreamThread;
use crate::error::Error;
use crate::ids::TaskId;
use crate::ledger::Entry;
use crate::log::{Append, CommitOutcome, LogError, LogWriter, PartitionOffset};
use crate::partitioner::partition_for;
use crate::progress::Progress;
use crate::task::{Task, TaskContext};
use crate::trace::Hops;

/// What one task brought into the transaction.
pub(super) struct Pending {
    pub(super) place: usize,
    staged: Staged,
    progress: Progress,
}

impl StreamThread {
    /// Commits all tasks that did anything.
    pub(super) fn commit(&mut self) -> Result<(), Error> {
        let started = std::time::Instant::now();
        let mut pending = Vec::new();
        let owner = self.context.advertised().map(str::to_owned);
        let writer = Some(self.context.join(self.index).transactional_id());
        for place in 0..self.tasks.len() {
            let claimed = |task: &Task| task.committed.owner == owner && task.committed.writer == writer;
            let due = |task: &&mut Task| task.is_dirty() || task.wants_announcement() || !claimed(task);
            let Some(task) = self.tasks.get_mut(place).filter(due) else { continue };
            let id = task.id;
            task.graph.flush().map_err(|error| Error::from(error).of_task(id))?;
            let staged = task.graph.stage()?;
            let progress = Progress { owner: owner.clone(), writer: writer.clone(), ..task.progress() };
            pending.push(Pending { place, staged, progress });
        }
        if pending.is_empty() {
            return Ok(());
        }
        if let Err(error) = self.write(&mut pending) {
            self.writer.abort();
            return self.resolve(error, pending);
        }
        match self.writer.commit() {
            Ok(outcome) => {
                self.apply(pending, &outcome)?;
                self.context.metrics.committed(started.elapsed());
                Ok(())
            }
            Err(error) => self.resolve(error, pending),
        }
    }

    /// Appends everything to the open transaction. Changes that the log has are kept no longer: there may be many of them.
    fn write(&mut self, pending: &mut [Pending]) -> Result<(), LogError> {
        let context = &self.context.tasks;
        for Pending { place, staged, progress } in pending {
            let Some(task) = self.tasks.get_mut(*place) else { continue };
            let writer = &mut *self.writer;
            let mut sent = write_outputs(writer, context, task)?;
            task.announce(writer, context, &mut sent)?;
            write_changelog(writer, context, task, &std::mem::take(&mut staged.changelog))?;
            write_dead_letters(writer, &self.context.options.dead_letter_topic, context, task)?;
            let partition = context.progress_partition(task.id);
            writer.append(Append {
                topic: &partition.topic,
                partition: partition.partition,
                key: Some(task.id.to_string().as_bytes()),
                value: Some(&progress.encode()),
                timestamp: context.clock.now_ms(),
                headers: &Headers::default(),
            })?;
            let offsets: Vec<PartitionOffset> = task
                .queues
                .iter()
                .map(|queue| PartitionOffset { partition: queue.partition.clone(), offset: queue.position })
                .collect();
            writer.send_offsets(&context.application_id, &offsets)?;
        }
        Ok(())
    }

    /// The commit is known: the staged writes become the state.
    fn apply(&mut self, pending: Vec<Pending>, outcome: &CommitOutcome) -> Result<(), Error> {
        let places: Vec<usize> = pending.iter().map(|pending| pending.place).collect();
        for Pending { place, staged, progress } in pending {
            let Some(task) = self.tasks.get_mut(place) else { continue };
            let offsets = changelog_offsets(&self.context.tasks, task, outcome);
            task.queues.iter_mut().for_each(|queue| queue.committed = queue.position);
            let position = task.position();
            task.graph.apply(staged, offsets, position).map_err(|error| Error::from(error).of_task(task.id))?;
            self.context.metrics.task_committed(
                task.id,
                task.graph.stream_time(),
                &task.entries,
                task.dead_letters.len(),
            );
            task.graph.clear_outputs();
            task.dead_letters.clear();
            let dropped = task.hops.as_mut().map_or(0, Hops::committed);
            if dropped > 0 {
                self.context.metrics.spans_dropped("task").inc_by(dropped);
            }
            task.committed = progress;
            task.renew_offsets = false;
            task.entries.iter_mut().for_each(|entry| *entry = Entry::default());
        }
        places.iter().filter_map(|place| self.tasks.get(*place)).for_each(|task| self.publish(task));
        Ok(())
    }
}

/// Offsets behind this transaction's records of each changelog, by store.
fn changelog_offsets(context: &TaskContext, task: &Task, outcome: &CommitOutcome) -> Vec<(String, i64)> {
    let next = |partition: &TopicPartition| {
        outcome.next_offsets.iter().find(|next| next.partition == *partition).map(|next| next.offset)
    };
    task.graph
        .stores()
        .iter()
        .filter_map(|store| {
            let name = store.borrow().name().to_owned();
            let topic = context.topology.changelog_topic(&name, &context.application_id)?;
            Some((name, next(&TopicPartition::new(topic, task.id.partition))?))
        })
        .collect()
}

/// Highest sender time each partition of each repartition topic was told in this transaction.
pub(super) type Sent = BTreeMap<(Arc<str>, u32), i64>;

fn write_outputs(writer: &mut dyn LogWriter, context: &TaskContext, task: &mut Task) -> Result<Sent, LogError> {
    let mut sent = Sent::new();
    let (graph, id) = (&task.graph, task.id);
    for output in graph.outputs().iter() {
        let partitions = context.partitions_of(output.topic)?;
        let partition = partition_of(output.partition_key, id, partitions);
        let traced = task.hops.as_mut().and_then(|hops| hops.send(output.headers, output.topic, partition));
        let marked = output.sender_time.map(|time| {
            sent.entry((Arc::clone(output.topic), partition))
                .and_modify(|known| *known = time.max(*known))
                .or_insert(time);
            let mark = SenderMark { sender: id.partition, time, idle: false };
            // What came through a repartition topic itself has its own sender's mark.
            let mut headers = traced.as_ref().unwrap_or(output.headers).clone();
            headers.set(SENDER_HEADER, Some(bytes::Bytes::copy_from_slice(&mark.encode())));
            headers
        });
        writer.append(Append {
            topic: output.topic,
            partition,
            key: output.key,
            value: output.value,
            timestamp: output.timestamp,
            headers: marked.as_ref().or(traced.as_ref()).unwrap_or(output.headers),
        })?;
    }
    Ok(sent)
}

/// Where a key belongs; what has none stays beside the task.
fn partition_of(key: Option<&[u8]>, task: TaskId, partitions: u32) -> u32 {
    key.map_or_else(|| task.partition % partitions.max(1), |key| partition_for(key, partitions))
}

fn write_changelog(
    writer: &mut dyn LogWriter,
    context: &TaskContext,
    task: &Task,
    changelog: &[ChangelogRecord],
) -> Result<(), LogError> {
    for changes in changelog.chunk_by(|a, b| a.store == b.store) {
        let Some(store) = changes.first().map(|change| &change.store) else { continue };
        // Stores that are restored from a source topic have no changelog of their own.
        if context.topology.is_source_backed(store) {
            continue;
        }
        let Some(topic) = context.topology.changelog_topic(store, &context.application_id) else { continue };
        for change in changes {
            writer.append(Append {
                topic: &topic,
                partition: task.id.partition,
                key: Some(&change.key),
                value: change.value.as_deref(),
                timestamp: change.timestamp,
                headers: &change.headers,
            })?;
        }
    }
    Ok(())
}

fn write_dead_letters(
    writer: &mut dyn LogWriter,
    topic: &Arc<str>,
    context: &TaskContext,
    task: &Task,
) -> Result<(), LogError> {
    for letter in &task.dead_letters {
        let record = &letter.record;
        let partitions = context.partitions_of(topic)?;
        let partition = partition_of(record.key.as_deref(), task.id, partitions);
        writer.append(Append {
            topic,
            partition,
            key: record.key.as_deref(),
            value: record.value.as_deref(),
            timestamp: record.timestamp,
            headers: &record.headers,
        })?;
    }
    Ok(())
}
