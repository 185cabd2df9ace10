//! What an operator may know beside the record: where it came from, the clocks, and where results go.

use std::sync::Arc;

use super::{Outputs, ProcessError};

/// Where the record in hand was read. Records made by a punctuator have none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordMetadata {
    /// Topic name.
    pub topic: Arc<str>,
    /// Partition number.
    pub partition: u32,
    /// Offset in the partition.
    pub offset: i64,
}

/// Records set aside by the rules of the operators, as counts since the task started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    /// Behind the grace of their window; one for each window, or window store, that refused the record (KS-43).
    pub late: u64,
    /// Null key or value where the operator takes none (KS-25..29).
    pub null: u64,
    /// Event ids seen before.
    pub duplicate: u64,
    /// Refused by an operator, where processing goes on in the other branches all the same.
    pub refused: u64,
}

impl Dropped {
    /// What Kafka Streams calls `dropped-records-total`.
    pub fn total(&self) -> u64 {
        self.late + self.null + self.duplicate + self.refused
    }
}

/// The upstream task that sent a record through a repartition topic, and its event time when it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sender {
    /// Highest event time that task had sent into the topic by then.
    pub(crate) time: i64,
}

/// The surroundings of the record in hand. One a task.
#[derive(Debug)]
pub struct Context {
    pub(crate) metadata: Option<RecordMetadata>,
    pub(crate) stream_time: i64,
    pub(crate) wall_clock: i64,
    /// Every input has been at its end for a while.
    pub(crate) inputs_idle: bool,
    pub(crate) sender: Option<Sender>,
    /// The slowest sender's time, for tasks behind a repartition topic.
    pub(crate) watermark: Option<i64>,
    pub(crate) outputs: Outputs,
    pub(crate) dropped: Dropped,
    pub(crate) commit_requested: bool,
    /// A record that an operator refuses is counted and goes on in the other branches.
    pub(crate) continue_on_refusal: bool,
}

impl Context {
    pub(crate) fn new(wall_clock: i64) -> Self {
        Self {
            metadata: None,
            stream_time: -1,
            wall_clock,
            inputs_idle: false,
            sender: None,
            watermark: None,
            outputs: Outputs::default(),
            dropped: Dropped::default(),
            commit_requested: false,
            continue_on_refusal: false,
        }
    }

    /// Topic, partition and offset of the record in hand; `None` inside a punctuator.
    pub fn record_metadata(&self) -> Option<&RecordMetadata> {
        self.metadata.as_ref()
    }

    /// The highest event time the task has processed, epoch milliseconds; -1 before the first record.
    pub fn stream_time(&self) -> i64 {
        self.stream_time
    }

    /// The wall clock as handed in, epoch milliseconds.
    pub fn wall_clock(&self) -> i64 {
        self.wall_clock
    }

    /// Counts what operators have set aside.
    pub fn dropped(&self) -> Dropped {
        self.dropped
    }

    /// Asks for a commit after this record.
    pub fn commit(&mut self) {
        self.commit_requested = true;
    }

    /// Ends a branch whose operator refused the record, if the others are to go on.
    pub(crate) fn absorb(&mut self, error: ProcessError) -> Result<(), ProcessError> {
        if !self.continue_on_refusal || !error.blames_record() {
            return Err(error);
        }
        self.dropped.refused += 1;
        Ok(())
    }

    /// Counts a record dropped because its event id was seen before.
    pub fn count_duplicate(&mut self) {
        self.dropped.duplicate += 1;
    }
}
