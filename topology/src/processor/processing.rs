//! The processor API: operators of one's own, with stores and clocks.

use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Children, Context, ProcessError, Punctuation, PunctuationType, Punctuations, Record, RecordMetadata};
use crate::graph::{StoreHandle, WiringError};

/// An operator written by hand: sees each record, may keep state, forward what it likes and ask to be called by a clock.
///
/// One instance is made for each task by the supplier given to [`KStream::process`](crate::KStream::process).
pub trait Processor<KIn, VIn, KOut, VOut> {
    /// Handles one record.
    ///
    /// # Errors
    /// [`ProcessError::refused`] sends the record to the dead letters.
    fn process(
        &mut self,
        record: Record<KIn, VIn>,
        context: &mut ProcessorContext<'_, KOut, VOut>,
    ) -> Result<(), ProcessError>;

    /// Called when the schedule with `id` fires at time `at` (stream time or wall clock, epoch ms).
    ///
    /// # Errors
    /// As [`Processor::process`].
    fn punctuate(
        &mut self,
        at: i64,
        id: usize,
        context: &mut ProcessorContext<'_, KOut, VOut>,
    ) -> Result<(), ProcessError> {
        let _ = (at, id, context);
        Ok(())
    }
}

/// What a processor can ask for while it is being made.
pub struct InitContext<'a> {
    pub(crate) stores: &'a BTreeMap<String, Rc<dyn Any>>,
    pub(crate) punctuations: &'a mut Punctuations,
    pub(crate) owner: usize,
    pub(crate) connected: &'a [String],
    pub(crate) processor: &'a str,
    pub(crate) wall_clock: i64,
    pub(crate) partition: u32,
}

impl std::fmt::Debug for InitContext<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InitContext").field("processor", &self.processor).field("partition", &self.partition).finish()
    }
}

impl InitContext<'_> {
    /// The task's instance of a store the processor is connected to.
    ///
    /// # Errors
    /// When the processor was not connected to the store.
    pub fn store<S: 'static>(&self, handle: &StoreHandle<S>) -> Result<Rc<RefCell<S>>, WiringError> {
        let name = handle.name();
        if !self.connected.iter().any(|connected| connected == name) {
            return Err(WiringError::NotConnected { processor: self.processor.to_owned(), store: name.to_owned() });
        }
        let store = self.stores.get(name).ok_or_else(|| WiringError::UnknownStore { store: name.to_owned() })?;
        Rc::clone(store).downcast().map_err(|_| WiringError::StoreType { store: name.to_owned() })
    }

    /// Asks for [`Processor::punctuate`] every `interval_ms` milliseconds.
    pub fn schedule(&mut self, interval_ms: i64, kind: PunctuationType) -> Punctuation {
        let first = match kind {
            PunctuationType::StreamTime => 0,
            PunctuationType::WallClockTime => self.wall_clock.saturating_add(interval_ms),
        };
        self.punctuations.schedule(self.owner, kind, interval_ms, first)
    }

    /// As [`InitContext::schedule`], firing first at `start_ms` and then in steps of the interval from there (KIP-1146).
    pub fn schedule_at(&mut self, start_ms: i64, interval_ms: i64, kind: PunctuationType) -> Punctuation {
        self.punctuations.schedule(self.owner, kind, interval_ms, start_ms)
    }

    /// The partition of the task.
    pub fn partition(&self) -> u32 {
        self.partition
    }
}

/// What a processor can do while it handles a record or a clock.
pub struct ProcessorContext<'a, K, V> {
    pub(crate) children: &'a mut Children<K, V>,
    pub(crate) context: &'a mut Context,
}

impl<K, V> std::fmt::Debug for ProcessorContext<'_, K, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProcessorContext").field("context", &self.context).finish_non_exhaustive()
    }
}

impl<K: Clone, V: Clone> ProcessorContext<'_, K, V> {
    /// Hands a record to all children.
    ///
    /// # Errors
    /// What the children answer.
    pub fn forward(&mut self, record: Record<K, V>) -> Result<(), ProcessError> {
        self.children.forward(record, self.context)
    }
}

impl<K, V> ProcessorContext<'_, K, V> {
    /// The task's stream time, epoch ms; -1 before the first record.
    pub fn stream_time(&self) -> i64 {
        self.context.stream_time
    }

    /// The time before which no result can change any more, as far as the task knows: the slowest upstream task's time behind a
    /// repartition topic, otherwise the stream time.
    pub fn watermark(&self) -> i64 {
        self.context.watermark.unwrap_or(self.context.stream_time)
    }

    /// The wall clock as handed in, epoch ms.
    pub fn wall_clock(&self) -> i64 {
        self.context.wall_clock
    }

    /// Whether everything there was to read has been read, and nothing came for a while: what has not come by now, by the wall
    /// clock, is missing. Stream time stands still meanwhile.
    pub fn inputs_idle(&self) -> bool {
        self.context.inputs_idle
    }

    /// Where the record in hand was read; `None` inside a punctuator.
    pub fn record_metadata(&self) -> Option<&RecordMetadata> {
        self.context.metadata.as_ref()
    }

    /// Asks for a commit after this record.
    pub fn commit(&mut self) {
        self.context.commit_requested = true;
    }

    /// Counts the record as a duplicate in metrics and ledger.
    pub fn count_duplicate(&mut self) {
        self.context.dropped.duplicate += 1;
    }

    /// Counts the record as late in metrics and ledger.
    pub fn count_late(&mut self) {
        self.context.dropped.late += 1;
    }
}
