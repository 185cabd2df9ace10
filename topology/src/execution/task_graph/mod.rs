//! The operators of one task.

mod commit;

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use regex::Regex;
use tillstream_stores::{StateStore, TaskState};

use super::inputs::{Input, Wired, partition_time_name, wire_sources};
use super::sender::{SENDER_HEADER, SenderMark, SenderTimes};
use crate::graph::{Flush, SourceInput, SubTopology, TimeCell, Topology, Wiring, WiringError};
use crate::options::Timestamps;
use crate::processor::{
    Context, Dropped, ProcessError, PunctuationType, Punctuations, RawRecord, RecordMetadata, Sender,
};

/// Which part of the topology a task runs, and as which partition.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The sub-topologies: one in the runtime, all in the test driver.
    pub sub_topologies: &'a [SubTopology],
    /// The task's partition.
    pub partition: u32,
    /// Prefix of internal topics.
    pub application_id: &'a str,
}

/// What became of a record that was prepared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prepared {
    /// It waits to be processed, at this event time.
    Ready(i64),
    /// It only told a sender's time and is done with.
    Marker,
    /// Its timestamp is negative: skipped and counted (KS-32a).
    Skipped,
}

/// The operators, stores and clocks of one task.
///
/// After an error from [`TaskGraph::process`], [`TaskGraph::flush`] or a punctuation, part of a record's effects may lie in
/// the overlays: drop the graph and wire a new one on the committed state.
pub struct TaskGraph {
    inputs: Vec<Input>,
    sources: Vec<Box<dyn SourceInput>>,
    /// Sources that read every topic of a kind, by index.
    patterns: Vec<(Regex, usize)>,
    context: Context,
    punctuations: Punctuations,
    flushes: Vec<Rc<RefCell<dyn Flush>>>,
    times: BTreeMap<String, TimeCell>,
    stream_time: TimeCell,
    partition: u32,
    stores: Vec<Rc<RefCell<dyn StateStore>>>,
    store_names: Arc<[String]>,
    state: TaskState,
}

impl std::fmt::Debug for TaskGraph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TaskGraph").field("inputs", &self.inputs).finish_non_exhaustive()
    }
}

impl TaskGraph {
    /// Wires the operators of `scope` on top of `state`, with the event times that were committed with it
    /// ([`TaskGraph::times`]).
    ///
    /// # Errors
    /// [`WiringError`] when a store is missing or of another type.
    pub fn wire(
        topology: &Topology,
        scope: Scope<'_>,
        state: TaskState,
        times: BTreeMap<String, i64>,
        wall_clock: i64,
    ) -> Result<Self, WiringError> {
        let mut typed: BTreeMap<String, Rc<dyn Any>> = BTreeMap::new();
        let mut stores = Vec::new();
        for entry in scope.sub_topologies.iter().flat_map(|sub| topology.store_entries(sub)) {
            let built = entry.builder.build(&state)?;
            typed.insert(entry.builder.name().to_owned(), built.typed);
            stores.push(built.store);
        }
        let mut wiring = Wiring::new(&typed, scope.application_id, scope.partition, wall_clock, times);
        let Wired { inputs, sources, patterns } = wire_sources(topology, scope, &mut wiring)?;
        let stream_time = wiring.time("stream-time");
        let mut context = Context::new(wall_clock);
        context.stream_time = stream_time.get();
        let Wiring { punctuations, flushes, times, .. } = wiring;
        let flushes = flushes.into_values().collect();
        let mut graph = Self {
            inputs,
            sources,
            patterns,
            context,
            punctuations,
            flushes,
            times,
            stream_time,
            partition: scope.partition,
            store_names: stores.iter().map(|store| store.borrow().name().to_owned()).collect(),
            stores,
            state,
        };
        graph.update_watermark();
        Ok(graph)
    }

    /// The topics the task reads, in a fixed order; other methods name them by index.
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// The input that reads `topic`; one is added if a source by pattern wants the topic.
    pub fn admit(&mut self, topic: &str) -> Option<usize> {
        if let Some(known) = self.inputs.iter().position(|input| *input.topic == *topic) {
            return Some(known);
        }
        let (_, source) = self.patterns.iter().find(|(pattern, _)| pattern.is_match(topic))?;
        let slot = self.inputs.iter().filter(|input| input.source == *source).count();
        let time = self.times.entry(partition_time_name(topic)).or_insert_with(|| Rc::new(Cell::new(-1)));
        self.inputs.push(Input {
            topic: topic.into(),
            internal: false,
            source: *source,
            slot,
            partition_time: Rc::clone(time),
            senders: SenderTimes::default(),
        });
        Some(self.inputs.len() - 1)
    }

    /// Tells how many tasks send into the repartition topic `input`: its watermark waits for all of them.
    pub fn expect_senders(&mut self, input: usize, senders: u32) {
        let Some(entry) = self.inputs.get_mut(input) else { return };
        entry.senders.expected = senders;
        let prefix = sender_prefix(&entry.topic);
        for (name, time) in &self.times {
            if let Some(sender) = name.strip_prefix(&prefix).and_then(|rest| rest.parse().ok()) {
                let mark = SenderMark { sender, time: time.get(), idle: false };
                entry.senders.hear(mark, || Rc::clone(time));
            }
        }
        self.update_watermark();
    }

    /// Deserialises the head of an input's queue and finds its event time. Nothing is processed yet, no clock moves.
    ///
    /// # Errors
    /// [`ProcessError::Deserialization`] or [`ProcessError::Timestamp`]: the record belongs with the dead letters.
    pub fn prepare(&mut self, input: usize, raw: &RawRecord) -> Result<Prepared, ProcessError> {
        let Some(entry) = self.inputs.get_mut(input) else { return Ok(Prepared::Skipped) };
        if entry.internal && raw.key.is_none() && raw.value.is_none() {
            if let Some(mark) = raw.headers.get(SENDER_HEADER).and_then(SenderMark::decode) {
                self.hear(input, mark);
            }
            return Ok(Prepared::Marker);
        }
        let times = Timestamps {
            record: raw.timestamp,
            partition: entry.partition_time.get(),
            wall_clock: self.context.wall_clock,
        };
        let Some(source) = self.sources.get_mut(entry.source) else { return Ok(Prepared::Skipped) };
        let timestamp = source.prepare(entry.slot, raw, times)?;
        if timestamp < 0 {
            self.context.dropped.null += 1;
            return Ok(Prepared::Skipped);
        }
        Ok(Prepared::Ready(timestamp))
    }

    /// Processes the record that was prepared last for `input`, and all that follows from it.
    ///
    /// # Errors
    /// [`ProcessError`]; the graph must then be dropped.
    pub fn process(&mut self, input: usize, raw: &RawRecord, timestamp: i64) -> Result<(), ProcessError> {
        let Some(entry) = self.inputs.get(input) else { return Ok(()) };
        let (source, slot) = (entry.source, entry.slot);
        entry.partition_time.set(entry.partition_time.get().max(timestamp));
        let mark = entry.internal.then(|| raw.headers.get(SENDER_HEADER).and_then(SenderMark::decode)).flatten();
        self.context.metadata =
            Some(RecordMetadata { topic: Arc::clone(&entry.topic), partition: self.partition, offset: raw.offset });
        self.context.stream_time = self.context.stream_time.max(timestamp);
        self.stream_time.set(self.context.stream_time);
        self.context.sender = mark.map(|mark| Sender { time: mark.time });
        let outcome = match self.sources.get_mut(source) {
            Some(source) => source.process(slot, timestamp, &mut self.context),
            None => Ok(()),
        };
        self.context.sender = None;
        if let Some(mark) = mark {
            self.hear(input, mark);
        }
        outcome
    }

    fn hear(&mut self, input: usize, mark: SenderMark) {
        let Some(entry) = self.inputs.get_mut(input) else { return };
        let times = &mut self.times;
        entry.senders.hear(mark, || {
            let name = format!("{}{}", sender_prefix(&entry.topic), mark.sender);
            Rc::clone(times.entry(name).or_insert_with(|| Rc::new(Cell::new(-1))))
        });
        self.update_watermark();
    }

    fn update_watermark(&mut self) {
        // Where nobody else sends, as in a test, this task's own time is the time.
        let internal = self.inputs.iter().filter(|input| input.internal && input.senders.expected > 0);
        self.context.watermark = internal.map(|input| input.senders.watermark()).min();
    }

    /// Fires the punctuators that are due by stream time.
    ///
    /// # Errors
    /// As [`TaskGraph::process`].
    pub fn punctuate_stream_time(&mut self) -> Result<bool, ProcessError> {
        self.context.metadata = None;
        self.punctuations.fire(PunctuationType::StreamTime, self.context.stream_time, &mut self.context)
    }

    /// Tells whether every input has been at its end for a while; see
    /// [`ProcessorContext::inputs_idle`](crate::ProcessorContext::inputs_idle).
    pub fn set_inputs_idle(&mut self, idle: bool) {
        self.context.inputs_idle = idle;
    }

    /// Moves the wall clock to `now_ms` and fires the punctuators that are due by it.
    ///
    /// # Errors
    /// As [`TaskGraph::process`].
    pub fn punctuate_wall_clock(&mut self, now_ms: i64) -> Result<bool, ProcessError> {
        self.context.wall_clock = now_ms;
        self.context.metadata = None;
        self.punctuations.fire(PunctuationType::WallClockTime, now_ms, &mut self.context)
    }

    /// Lets a record that an operator refuses go on in the other branches of the topology, counted; otherwise the whole record
    /// is an error.
    pub fn continue_on_refusal(&mut self, go_on: bool) {
        self.context.continue_on_refusal = go_on;
    }

    /// Counts of records set aside by operators since the graph was wired, and by window stores as expired since their state
    /// was opened. Asked for with every record: it must not go through the stores.
    pub fn dropped(&self) -> Dropped {
        let dropped = self.context.dropped;
        Dropped { late: dropped.late + self.state.expired_rows(), ..dropped }
    }

    /// The task's stream time, epoch ms; -1 before the first record.
    pub fn stream_time(&self) -> i64 {
        self.context.stream_time
    }

    /// The committed state, for queries and restore.
    pub fn state(&self) -> &TaskState {
        &self.state
    }

    /// As [`TaskGraph::state`].
    pub fn state_mut(&mut self) -> &mut TaskState {
        &mut self.state
    }

    /// The stores, for restore.
    pub fn stores(&self) -> &[Rc<RefCell<dyn StateStore>>] {
        &self.stores
    }

    /// Their names, in the same order.
    pub fn store_names(&self) -> &Arc<[String]> {
        &self.store_names
    }

    /// Gives the state back, dropping everything that is not committed.
    pub fn into_state(self) -> TaskState {
        for store in &self.stores {
            store.borrow_mut().discard();
        }
        self.state
    }
}

fn sender_prefix(topic: &str) -> String {
    format!("sender/{topic}/")
}
