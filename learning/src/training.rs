//! The thread that learns, round by round.

use std::time::{Duration, Instant};

use crate::shared::{LOOK, Progress, Shared};
use crate::topic::ALS;
use crate::{LearningError, Moment, Outcome, Trained, Trainer, segmenting};

/// A training rests so many times as long as it took: learning takes a tenth of a core at most.
const RESTS: u32 = 10;

/// Trains round by round until it should stop.
pub(crate) fn learn(shared: &Shared, mut trainer: Trainer) {
    let (mut rest, mut learned, mut started) = (Duration::ZERO, None, false);
    while !shared.stops() {
        let asked = shared.wait(rest);
        rest = LOOK;
        let ready = shared.is_caught_up() && shared.has_all_state();
        if shared.stops() || !ready || !shared.is_mine() {
            // Who asked is not kept waiting for what another instance does.
            if ready {
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
    // First, so that who waits for the model that follows finds the segments served, too.
    segmenting::round(shared, trainer, &moment);
    let customers = shared.answers().customers()?;
    let served = shared.recommendations.model();
    let outcome = trainer.round(&customers, served.as_deref(), &moment)?;
    if let Outcome::Trained(trained) = &outcome {
        let (version, bytes) = (trained.model.card().version, trained.model.to_bytes()?);
        shared.publish(ALS, version, &bytes, &shared.chunks.als, now_ms)?;
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
