//! What the threads of models do.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tillstream_models::learned::LearnedModel;
use tillstream_processors::Answers;
use tillstream_processors::interactions::PURCHASES;
use tillstream_processors::recommendations::Recommendations;
use tillstream_runtime::Clock;
use tillstream_runtime::log::{Log, TopicPartition};
use tillstream_runtime::partitioner::partition_for;
use tillstream_stores::Position;

use crate::learning::Parts;
use crate::metrics::LearningMetrics;
use crate::topic::{Assembler, MODEL, Publication, publish};
use crate::{LearningError, LearningSettings, Moment, Outcome, Trained, Trainer};

/// Largest chunk of a model: half of what a broker takes by default.
const CHUNK_BYTES: usize = 512 << 10;
/// How long a look for news waits; a stop is noticed within it.
const LOOK: Duration = Duration::from_millis(200);
/// Time before what failed is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// A training rests so many times as long as it took: learning takes a tenth of a core at most.
const RESTS: u32 = 10;

/// What the threads and their owner share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) log: Arc<dyn Log>,
    pub(crate) recommendations: Recommendations,
    pub(crate) clock: Arc<dyn Clock>,
    settings: LearningSettings,
    topic: String,
    transactional_id: String,
    /// Of this instance, for exposures.
    pub(crate) exposures_id: String,
    internal_prefix: String,
    chunk_bytes: usize,
    metrics: LearningMetrics,
    stop: AtomicBool,
    /// The topic was read up to where it ended when this instance started.
    caught_up: AtomicBool,
    chunks: AtomicU32,
    /// std's lock: held to count, never while training.
    rounds: Mutex<Rounds>,
    changed: Condvar,
}

/// How far the state is. Positions of the sources alone do not tell whether what follows from their records has arrived in
/// the histories; records processed since the start do.
#[derive(Debug, PartialEq, Eq)]
struct Progress {
    position: String,
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
            chunks: AtomicU32::new(0),
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
    fn wait(&self, rest: Duration) -> u64 {
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

    fn done(&self, asked: u64, version: Option<u64>) {
        let mut rounds = self.rounds();
        rounds.done = rounds.done.max(asked);
        rounds.version = version.unwrap_or(rounds.version);
        self.changed.notify_all();
    }

    /// The instance that runs the first task of the histories is the one that trains.
    fn is_mine(&self) -> bool {
        if !self.settings.training {
            return false;
        }
        let holders = self.answers().query().holders(PURCHASES);
        holders.first().is_some_and(|task| task.id.partition == 0 && task.owner.is_none())
    }

    /// How far the state is.
    fn progress(&self) -> Progress {
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

    /// What the served model has learned from, as far as it can be told after a start.
    fn learned(&self) -> Option<Progress> {
        Some(Progress { position: self.recommendations.model()?.card().position.clone(), processed: 0 })
    }
}

/// Trains round by round until it should stop.
pub(crate) fn learn(shared: &Shared, mut trainer: Trainer) {
    let (mut rest, mut learned, mut started) = (Duration::ZERO, None, false);
    while !shared.stops() {
        let asked = shared.wait(rest);
        rest = LOOK;
        if shared.stops() || !shared.caught_up.load(Ordering::Acquire) || !shared.is_mine() {
            // Who asked is not kept waiting for what another instance does.
            if shared.caught_up.load(Ordering::Acquire) {
                shared.done(asked, None);
            }
            std::thread::park_timeout(if shared.stops() { Duration::ZERO } else { LOOK });
            continue;
        }
        if !std::mem::replace(&mut started, true)
            && let Some(served) = shared.learned()
        {
            // The model of before the start will do for as long as any other.
            learned = Some(served);
            rest = shared.settings.refresh_interval;
            if asked == 0 {
                continue;
            }
        }
        let progress = shared.progress();
        if learned.as_ref() == Some(&progress) {
            shared.done(asked, None);
            continue;
        }
        let begin = Instant::now();
        let outcome = round(shared, &mut trainer, &progress);
        let took = begin.elapsed();
        let version = tell(shared, &outcome, took);
        if outcome.is_ok() {
            learned = Some(progress);
        }
        shared.done(asked, version);
        rest = shared.settings.refresh_interval.max(took * RESTS);
    }
}

fn round(shared: &Shared, trainer: &mut Trainer, progress: &Progress) -> Result<Outcome, LearningError> {
    let (event_ms, now_ms) = (shared.answers().as_of(), shared.clock.now_ms());
    let moment = Moment { event_ms, now_ms, position: progress.position.clone() };
    let customers = shared.answers().customers()?;
    let served = shared.recommendations.model();
    let outcome = trainer.round(&customers, served.as_deref(), &moment)?;
    if let Outcome::Trained(trained) = &outcome {
        publish(
            &*shared.log,
            &Publication {
                topic: &shared.topic,
                transactional_id: &shared.transactional_id,
                version: trained.model.card().version,
                bytes: &trained.model.to_bytes()?,
                chunk_bytes: shared.chunk_bytes,
                chunks_before: shared.chunks.load(Ordering::Acquire),
                at_ms: now_ms,
            },
        )?;
    }
    Ok(outcome)
}

/// Tells what came of a round, in metrics and a line; answers the version that was published.
fn tell(shared: &Shared, outcome: &Result<Outcome, LearningError>, took: Duration) -> Option<u64> {
    let seconds = took.as_secs_f64();
    match outcome {
        Ok(Outcome::Trained(trained)) => {
            let Trained { model, full, prequential } = &**trained;
            let card = model.card();
            tracing::info!(
                version = card.version,
                full,
                pairs = card.pairs,
                ndcg = card.ndcg,
                seconds,
                "model published"
            );
            shared.metrics.round("published", seconds);
            if let Some(judged) = prequential {
                shared.metrics.prequential(*judged);
            }
            return Some(card.version);
        }
        Ok(Outcome::Refused(refusal)) => {
            tracing::warn!(%refusal, seconds, "model kept back; the one before is served on");
            shared.metrics.round("refused", seconds);
        }
        Ok(Outcome::TooLittle { customers, pairs }) => {
            tracing::debug!(customers, pairs, "too little data to learn from");
            shared.metrics.round("too-little", seconds);
        }
        Err(error) => {
            tracing::warn!(%error, "learning failed; it is tried again");
            shared.metrics.round("failed", seconds);
        }
    }
    None
}

/// Follows the topic of models until it should stop, and serves the newest.
pub(crate) fn follow(shared: &Shared) {
    while !shared.stops() {
        if let Err(error) = follow_topic(shared) {
            tracing::warn!(%error, "the learned models cannot be followed; it is tried again");
            std::thread::park_timeout(RETRY);
        }
    }
}

fn follow_topic(shared: &Shared) -> Result<(), LearningError> {
    let topics = shared.log.topics()?;
    let missing = || LearningError::NoTopic { topic: shared.topic.clone() };
    let topic = topics.iter().find(|topic| *topic.name == *shared.topic).ok_or_else(missing)?;
    let partition = TopicPartition::new(Arc::clone(&topic.name), partition_for(MODEL.as_bytes(), topic.partitions));
    let ranges = shared.log.settled_offsets(std::slice::from_ref(&partition))?;
    let (start, end) = ranges.first().map_or((0, 0), |range| (range.start, range.end));
    let mut reader = shared.log.reader()?;
    reader.assign(&partition, start)?;
    let mut assembler = Assembler::default();
    let mut next = start;
    while !shared.stops() {
        if next >= end {
            shared.caught_up.store(true, Ordering::Release);
        }
        shared.recommendations.refresh();
        for fetched in reader.poll(LOOK)? {
            for record in &fetched.records {
                let key = record.key.as_deref().unwrap_or_default();
                if let Some((_, bytes)) = assembler.take(key, record.value.as_deref()) {
                    shared.chunks.store(assembler.chunks_of_last(), Ordering::Release);
                    serve(shared, &bytes);
                }
            }
            next = fetched.next_offset;
        }
    }
    Ok(())
}

/// A model that cannot be read is passed over: the one before is served on.
fn serve(shared: &Shared, bytes: &[u8]) {
    match LearnedModel::from_bytes(bytes) {
        Ok(model) => {
            shared.metrics.served(model.card());
            tracing::debug!(version = model.card().version, "model loaded");
            shared.recommendations.serve(model);
            shared.changed.notify_all();
        }
        Err(error) => tracing::warn!(%error, "a learned model cannot be used; the one before is served on"),
    }
}
