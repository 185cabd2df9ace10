//! What the threads of learning and their owner share.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tillstream_processors::Answers;
use tillstream_processors::interactions::PURCHASES;
use tillstream_processors::recommendations::Recommendations;
use tillstream_runtime::Clock;
use tillstream_runtime::log::Log;
use tillstream_stores::Position;

use crate::learning::Parts;
use crate::metrics::LearningMetrics;
use crate::topic::{Publication, publish};
use crate::{LearningError, LearningSettings};

/// Largest chunk of a model: half of what a broker takes by default.
const CHUNK_BYTES: usize = 512 << 10;
/// How long a look for news waits; a stop is noticed within it.
pub(crate) const LOOK: Duration = Duration::from_millis(200);

/// What the threads and their owner share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) log: Arc<dyn Log>,
    pub(crate) recommendations: Recommendations,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) settings: LearningSettings,
    pub(crate) topic: String,
    transactional_id: String,
    /// Of this instance, for exposures.
    pub(crate) exposures_id: String,
    internal_prefix: String,
    chunk_bytes: usize,
    pub(crate) metrics: LearningMetrics,
    stop: AtomicBool,
    /// The topic was read up to where it ended when this instance started.
    caught_up: AtomicBool,
    /// Chunks of the last model of each kind in the topic.
    pub(crate) chunks: Chunks,
    /// std's lock: held to count, never while training.
    rounds: Mutex<Rounds>,
    pub(crate) changed: Condvar,
}

/// Chunks of models.
#[derive(Debug, Default)]
pub(crate) struct Chunks {
    pub(crate) als: AtomicU32,
    pub(crate) segments: AtomicU32,
}

/// How far the state is. Positions of the sources alone do not tell whether what follows from their records has arrived in
/// the histories; records processed since the start do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) position: String,
    processed: u64,
}

/// Trainings asked for and done.
#[derive(Debug, Default)]
struct Rounds {
    asked: u64,
    done: u64,
    /// The version that came of the last one, if anything came of it.
    version: u64,
}

impl Shared {
    pub(crate) fn new(parts: Parts<'_>, metrics: LearningMetrics) -> Self {
        Self {
            topic: parts.recommendations.answers().settings().topics.models.clone(),
            log: parts.log,
            recommendations: parts.recommendations,
            clock: parts.clock,
            settings: parts.settings,
            transactional_id: format!("{}-models", parts.application_id),
            exposures_id: format!("{}-{}-exposures", parts.application_id, parts.instance),
            internal_prefix: format!("{}-", parts.application_id),
            chunk_bytes: CHUNK_BYTES.min(parts.record_max_bytes / 2).max(1),
            metrics,
            stop: AtomicBool::new(false),
            caught_up: AtomicBool::new(false),
            chunks: Chunks::default(),
            rounds: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    pub(crate) fn request_stop(&self) {
        self.stop.store(true, Ordering::Release);
        self.changed.notify_all();
    }

    pub(crate) fn answers(&self) -> &Answers {
        self.recommendations.answers()
    }

    pub(crate) fn stops(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    /// The topic was read up to where it ended when this instance started.
    pub(crate) fn is_caught_up(&self) -> bool {
        self.caught_up.load(Ordering::Acquire)
    }

    pub(crate) fn catch_up(&self) {
        self.caught_up.store(true, Ordering::Release);
    }

    fn rounds(&self) -> MutexGuard<'_, Rounds> {
        self.rounds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// See [`Learning::train_now`](crate::Learning::train_now).
    pub(crate) fn request_and_wait(&self, deadline: Instant) -> bool {
        let mut rounds = self.rounds();
        rounds.asked += 1;
        let asked = rounds.asked;
        self.changed.notify_all();
        while !self.stops() {
            let served = self.recommendations.model().map_or(0, |model| model.card().version);
            if rounds.done >= asked && served >= rounds.version {
                return true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            (rounds, _) = self.changed.wait_timeout(rounds, left.min(LOOK)).unwrap_or_else(PoisonError::into_inner);
        }
        false
    }

    /// Waits for the time of the next round; answers how many were asked for.
    pub(crate) fn wait(&self, rest: Duration) -> u64 {
        let until = Instant::now() + rest;
        let mut rounds = self.rounds();
        while !self.stops() && rounds.asked <= rounds.done {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            (rounds, _) = self.changed.wait_timeout(rounds, left).unwrap_or_else(PoisonError::into_inner);
        }
        rounds.asked
    }

    pub(crate) fn done(&self, asked: u64, version: Option<u64>) {
        let mut rounds = self.rounds();
        rounds.done = rounds.done.max(asked);
        rounds.version = version.unwrap_or(rounds.version);
        self.changed.notify_all();
    }

    /// All tasks are open: what is learned from is all there.
    pub(crate) fn has_all_state(&self) -> bool {
        self.answers().query().is_whole()
    }

    /// The instance that runs the first task of the histories is the one that trains.
    pub(crate) fn is_mine(&self) -> bool {
        if !self.settings.training {
            return false;
        }
        let holders = self.answers().query().holders(PURCHASES);
        holders.first().is_some_and(|task| task.id.partition == 0 && task.owner.is_none())
    }

    /// How far the state is.
    pub(crate) fn progress(&self) -> Progress {
        let query = self.answers().query();
        let mut sources = Position::new();
        let position = query.position();
        for (topic, partition, offset) in
            position.iter().filter(|(topic, ..)| !topic.starts_with(&self.internal_prefix))
        {
            sources.set(topic, partition, offset);
        }
        let processed = query.tasks().iter().map(|task| task.processed).fold(0, u64::wrapping_add);
        Progress { position: sources.to_string(), processed }
    }

    /// Writes a version of the model `name`, the one before of which lies in so many chunks.
    pub(crate) fn publish(
        &self,
        name: &str,
        version: u64,
        bytes: &[u8],
        chunks_before: &AtomicU32,
        at_ms: i64,
    ) -> Result<(), LearningError> {
        let publication = Publication {
            topic: &self.topic,
            name,
            transactional_id: &self.transactional_id,
            version,
            bytes,
            chunk_bytes: self.chunk_bytes,
            chunks_before: chunks_before.load(Ordering::Acquire),
            at_ms,
        };
        publish(&*self.log, &publication)
    }

    /// What the served model has learned from, as far as it can be told after a start.
    pub(crate) fn learned(&self) -> Option<Progress> {
        Some(Progress { position: self.recommendations.model()?.card().position.clone(), processed: 0 })
    }
}
