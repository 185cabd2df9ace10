//! The thread that follows what was learned, by this instance or another.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tillstream_models::learned::LearnedModel;
use tillstream_models::segments::SegmentModel;

use crate::LearningError;
use crate::shared::{LOOK, Shared};
use crate::topic::{Found, Models};

/// Time before what failed is tried again.
const RETRY: Duration = Duration::from_secs(1);

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
    let mut models = Models::open(&*shared.log, &shared.topic)?;
    while !shared.stops() {
        if models.has_caught_up() {
            shared.catch_up();
        }
        shared.recommendations.refresh();
        for found in models.poll(LOOK)? {
            match found {
                Found::Als(bytes, chunks) => {
                    shared.chunks.als.store(chunks, Ordering::Release);
                    serve(shared, &bytes);
                }
                Found::Segments(bytes, chunks) => {
                    shared.chunks.segments.store(chunks, Ordering::Release);
                    serve_segments(shared, &bytes);
                }
            }
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

/// The same for segments.
fn serve_segments(shared: &Shared, bytes: &[u8]) {
    match SegmentModel::from_bytes(bytes) {
        Ok(model) => {
            shared.metrics.segments(&model.card);
            shared.answers().serve_segments(model);
        }
        Err(error) => tracing::warn!(%error, "published segments cannot be used; those before are served on"),
    }
}
