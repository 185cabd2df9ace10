//! The loop of a stream thread: fetch, process, punctuate, commit.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::ThreadContext;
use super::restoring::Restoring;
use crate::application::ApplicationState;
use crate::error::Error;
use crate::ids::TaskId;
use crate::log::{LogReader, LogWriter, Membership};
use crate::query::TaskView;
use crate::task::{PartitionQueue, Step, Task};

/// Records a task may process before the next task gets its turn.
const TURN: usize = 1_000;

/// How often offsets that do not move are committed again, ms.
const OFFSET_RENEWAL_MS: i64 = 6 * 3_600_000;

/// One thread with its place in the group, its tasks, its reader and its writer.
pub(crate) struct StreamThread {
    pub(super) index: usize,
    pub(super) context: Arc<ThreadContext>,
    /// Whether the group was heard of.
    pub(super) joined: bool,
    /// Tasks to open.
    pub(super) granted: VecDeque<TaskId>,
    pub(super) restoring: Restoring,
    pub(super) tasks: Vec<Task>,
    pub(super) reader: Box<dyn LogReader>,
    pub(super) writer: Box<dyn LogWriter>,
    /// Whether the group has been without this member since the writer was made: whoever took its tasks over has fenced it.
    pub(super) was_put_out: bool,
    last_commit_ms: i64,
    last_renewal_ms: i64,
    /// Last, so that a task is closed here before another member may open it.
    pub(super) membership: Box<dyn Membership>,
}

impl StreamThread {
    /// Joins the group; tasks come with the turns.
    pub(crate) fn join(index: usize, context: &Arc<ThreadContext>) -> Result<Self, Error> {
        let log = &context.tasks.log;
        let now = context.tasks.clock.now_ms();
        let membership = log.join(&context.join(index))?;
        Ok(Self {
            index,
            context: Arc::clone(context),
            reader: log.batch_reader()?,
            writer: context.writer(&*membership)?,
            membership,
            was_put_out: false,
            joined: false,
            granted: VecDeque::new(),
            restoring: Restoring::default(),
            tasks: Vec::new(),
            last_commit_ms: now,
            last_renewal_ms: now,
        })
    }

    /// Runs until asked to stop; ends with a commit.
    pub(crate) fn run(&mut self) -> Result<(), Error> {
        let mut known = None;
        while !self.context.stop.load(Ordering::Relaxed) {
            self.turn()?;
            let state = if self.is_restoring() { ApplicationState::Restoring } else { ApplicationState::Running };
            if known.as_ref() != Some(&state) {
                self.context.states.set(self.index, state.clone());
                known = Some(state);
            }
        }
        self.commit()
    }

    /// Closes all tasks as of their last commit, then leaves the group.
    pub(crate) fn close(self) {
        self.tasks.iter().for_each(|task| self.context.query.withdraw(task.id));
    }

    /// One round of the loop.
    pub(crate) fn turn(&mut self) -> Result<(), Error> {
        self.follow_leases()?;
        self.open_granted()?;
        let busy = self.has_records();
        self.restore(!busy)?;
        self.fetch(busy || !self.restoring.is_empty() || self.may_open())?;
        self.process()?;
        let now = self.context.tasks.clock.now_ms();
        self.note_idle_tasks(now);
        for task in &mut self.tasks {
            task.graph.punctuate_wall_clock(now)?;
        }
        self.check_for_damage()?;
        if self.commit_is_due(now) {
            self.renew_offsets(now);
            self.commit()?;
            self.last_commit_ms = self.context.tasks.clock.now_ms();
        }
        Ok(())
    }

    /// Damage that a query met on another thread stops the task as well.
    fn check_for_damage(&self) -> Result<(), Error> {
        match self.tasks.iter().find(|task| task.graph.state().is_damaged()) {
            Some(task) => Err(Error::Damaged { task: task.id, reason: "a query met damaged data".to_owned() }),
            None => Ok(()),
        }
    }

    /// Has the offsets of all tasks committed again now and then: Kafka forgets offsets that do not move for
    /// `offsets.retention.minutes`, although the group lives.
    fn renew_offsets(&mut self, now: i64) {
        if now - self.last_renewal_ms >= OFFSET_RENEWAL_MS {
            self.last_renewal_ms = now;
            self.tasks.iter_mut().for_each(|task| task.renew_offsets = true);
        }
    }

    fn commit_is_due(&self, now: i64) -> bool {
        let dirty: usize = self.tasks.iter().map(|task| task.graph.dirty_bytes()).sum();
        now - self.last_commit_ms >= self.commit_interval_ms()
            || dirty >= self.context.options.overlay_max_bytes
            || self.tasks.iter().any(|task| task.graph.commit_requested())
    }

    /// What is done need not wait for more to be done when there is nothing more to do. A thread that catches up has more than the
    /// log has brought yet; what has come since the last fetch is no more than that.
    fn commit_interval_ms(&self) -> i64 {
        let options = &self.context.options;
        let fetch = i64::try_from(options.buffered_records).unwrap_or(i64::MAX);
        if self.has_records() || self.queues().any(|queue| queue.lag() > fetch) {
            options.commit_interval_ms
        } else {
            options.commit_interval_ms.min(options.commit_interval_idle_ms)
        }
    }

    fn queues(&self) -> impl Iterator<Item = &PartitionQueue> {
        self.tasks.iter().flat_map(|task| &task.queues)
    }

    fn has_records(&self) -> bool {
        self.queues().any(|queue| queue.len() > 0)
    }

    /// How long a thread without records may wait for some: no longer than what it did may wait to be committed.
    fn patience(&self) -> Duration {
        let poll = Duration::from_millis(self.context.options.poll_ms);
        if !self.tasks.iter().any(Task::is_dirty) {
            return poll;
        }
        let since = self.context.tasks.clock.now_ms() - self.last_commit_ms;
        poll.min(Duration::from_millis((self.commit_interval_ms() - since).max(0).unsigned_abs()))
    }

    /// Brings new records into the queues; waits a little when there is nothing else to do.
    fn fetch(&mut self, busy: bool) -> Result<(), Error> {
        let timeout = if busy { Duration::ZERO } else { self.patience() };
        for fetched in self.reader.poll(timeout)? {
            let reads = |task: &&mut Task| task.queues.iter().any(|queue| queue.partition == fetched.partition);
            if let Some(task) = self.tasks.iter_mut().find(reads) {
                task.add(fetched);
            }
        }
        for queue in self.tasks.iter_mut().flat_map(|task| &mut task.queues) {
            if queue.len() >= self.context.options.buffered_records && !queue.paused {
                queue.paused = true;
                self.reader.pause(&queue.partition);
            }
        }
        Ok(())
    }

    /// Asks the log for the ends of a task's empty queues while others have records, once for all of them: whether the task may go
    /// on depends on them.
    fn refresh_ends(&mut self, place: usize) -> Result<(), Error> {
        let Some(task) = self.tasks.get_mut(place) else { return Ok(()) };
        let doubtful: Vec<_> = task.queues.iter_mut().filter(|queue| queue.is_end_doubtful()).collect();
        let partitions: Vec<_> = doubtful.iter().map(|queue| queue.partition.clone()).collect();
        for (queue, range) in doubtful.into_iter().zip(self.context.tasks.log.offsets(&partitions)?) {
            queue.end = range.end;
            queue.end_is_sure = true;
        }
        Ok(())
    }

    /// Lets each task process, the one furthest behind in event time first.
    fn process(&mut self) -> Result<(), Error> {
        let mut order: Vec<usize> = (0..self.tasks.len()).collect();
        order.sort_by_key(|place| self.tasks.get(*place).map_or(i64::MAX, Task::next_time));
        let mut failed = Vec::new();
        for place in order {
            if self.process_turn(place)? == Step::Failed {
                failed.push(place);
            }
        }
        // From the back, so that the places before stay right.
        failed.sort_unstable();
        for place in failed.into_iter().rev() {
            self.roll_back(place)?;
        }
        self.resume_drained();
        Ok(())
    }

    /// Lets one task process until its turn is over or it has to wait; answers how it ended.
    fn process_turn(&mut self, place: usize) -> Result<Step, Error> {
        for _ in 0..TURN {
            let Some(task) = self.tasks.get_mut(place) else { return Ok(Step::Empty) };
            let id = task.id;
            match task.step().map_err(|error| error.of_task(id))? {
                Step::Processed => {}
                Step::Waiting if task.queues.iter().any(PartitionQueue::is_end_doubtful) => {
                    self.refresh_ends(place)?;
                }
                ended => return Ok(ended),
            }
        }
        Ok(Step::Processed)
    }

    fn resume_drained(&mut self) {
        let low = self.context.options.buffered_records / 2;
        for queue in self.tasks.iter_mut().flat_map(|task| &mut task.queues) {
            if queue.paused && queue.len() <= low {
                queue.paused = false;
                self.reader.resume(&queue.partition);
            }
        }
    }

    /// Drops what a task did since its last commit and lets it start again from there.
    pub(super) fn roll_back(&mut self, place: usize) -> Result<(), Error> {
        if place >= self.tasks.len() {
            return Ok(());
        }
        self.context.metrics.rolled_back();
        let task = self.tasks.remove(place).rolled_back(&self.context.tasks)?;
        self.start_reading(&task)?;
        self.tasks.insert(place, task);
        Ok(())
    }

    pub(super) fn start_reading(&mut self, task: &Task) -> Result<(), Error> {
        for queue in &task.queues {
            self.reader.assign(&queue.partition, queue.position)?;
            self.reader.resume(&queue.partition);
        }
        Ok(())
    }

    /// Shows a task's committed state to queries.
    pub(super) fn publish(&self, task: &Task) {
        self.context.query.publish(TaskView {
            id: task.id,
            reader: task.graph.state().reader(),
            position: task.graph.state().position(),
            stores: Arc::clone(task.graph.store_names()),
            stream_time: task.graph.stream_time(),
            observed: Arc::new(task.committed.observed.clone()),
            ledger: Arc::new(task.committed.ledger.clone()),
            internal_ledger: Arc::new(task.committed.internal.clone()),
            owner: None,
            thread: self.index,
            processed: task.processed,
            staleness: None,
        });
    }
}
