//! One round of finding the segments of customers.

use tillstream_models::segments::{SegmentCard, SegmentModel};

use crate::shared::Shared;
use crate::topic::SEGMENTS;
use crate::{LearningError, Moment, Trainer};

/// Finds the segments of the customers there are now and publishes them. What fails is told, and tried again with the next round.
pub(crate) fn round(shared: &Shared, trainer: &Trainer, moment: &Moment) {
    match find(shared, trainer, moment) {
        Ok(Some(card)) => tracing::debug!(version = card.version, customers = card.customers, "segments published"),
        Ok(None) => tracing::debug!("too few customers to tell segments apart"),
        Err(error) => tracing::warn!(%error, "no segments were found; those before are served on"),
    }
}

fn find(shared: &Shared, trainer: &Trainer, moment: &Moment) -> Result<Option<SegmentCard>, LearningError> {
    let settings = &shared.settings;
    let sample = shared.answers().buyers(settings.segment_customers)?;
    if sample.buyers.len() < settings.segment_min_customers.max(1) {
        return Ok(None);
    }
    let segments = trainer.install(|| settings.segments.fit(&sample.buyers))?;
    let card = SegmentCard {
        version: shared.answers().segment_model().map_or(0, |served| served.card.version) + 1,
        trained_at_ms: moment.now_ms,
        as_of_ms: moment.event_ms,
        customers: sample.customers,
        usual_gap_days: sample.usual_gap_days(),
    };
    let bytes = SegmentModel { card, segments }.to_bytes()?;
    shared.publish(SEGMENTS, card.version, &bytes, &shared.chunks.segments, moment.now_ms)?;
    Ok(Some(card))
}
