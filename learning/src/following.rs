//! The thread that follows what was learned, by this instance or another.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tillstream_models::learned::LearnedModel;
use tillstream_models::segments::SegmentModel;
use tillstream_runtime::log::TopicPartition;

use crate::LearningError;
use crate::shared::{LOOK, Shared};
use crate::topic::{ALS, Assembler, SEGMENTS, partition_of};

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
    let topics = shared.log.topics()?;
    let missing = || LearningError::NoTopic { topic: shared.topic.clone() };
    let topic = topics.iter().find(|topic| *topic.name == *shared.topic).ok_or_else(missing)?;
    let partition = TopicPartition::new(Arc::clone(&topic.name), partition_of(topic));
    let ranges = shared.log.settled_offsets(std::slice::from_ref(&partition))?;
    let (start, end) = ranges.first().map_or((0, 0), |range| (range.start, range.end));
    let mut reader = shared.log.reader()?;
    reader.assign(&partition, start)?;
    let (mut als, mut segments) = (Assembler::new(ALS), Assembler::new(SEGMENTS));
    let mut next = start;
    while !shared.stops() {
        if next >= end {
            shared.catch_up();
        }
        shared.recommendations.refresh();
        for fetched in reader.poll(LOOK)? {
            for record in &fetched.records {
                let (key, value) = (record.key.as_deref().unwrap_or_default(), record.value.as_deref());
                if let Some((_, bytes)) = als.take(key, value) {
                    shared.chunks.als.store(als.chunks_of_last(), Ordering::Release);
                    serve(shared, &bytes);
                }
                if let Some((_, bytes)) = segments.take(key, value) {
                    shared.chunks.segments.store(segments.chunks_of_last(), Ordering::Release);
                    serve_segments(shared, &bytes);
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
