//! The models a log holds, where nobody learns.

use std::time::{Duration, Instant};

use tillstream_models::learned::LearnedModel;
use tillstream_models::segments::SegmentModel;
use tillstream_processors::recommendations::Recommendations;
use tillstream_runtime::log::Log;

use crate::LearningError;
use crate::topic::{Found, Models};

/// How long the log may take to tell what it holds.
const PATIENCE: Duration = Duration::from_secs(10);

/// Serves the newest models of `topic`, once; what is not there stays as it was.
///
/// # Errors
/// [`LearningError::NoTopic`] where nothing was ever learned; when the log fails, or what it holds cannot be read.
pub fn serve_latest(log: &dyn Log, topic: &str, recommendations: &Recommendations) -> Result<(), LearningError> {
    let (mut models, deadline) = (Models::open(log, topic)?, Instant::now() + PATIENCE);
    let (mut als, mut segments) = (None, None);
    while !models.has_caught_up() && Instant::now() < deadline {
        for found in models.poll(PATIENCE)? {
            match found {
                Found::Als(bytes, _) => als = Some(bytes),
                Found::Segments(bytes, _) => segments = Some(bytes),
            }
        }
    }
    if let Some(bytes) = als {
        recommendations.serve(LearnedModel::from_bytes(&bytes)?);
    }
    if let Some(bytes) = segments {
        recommendations.answers().serve_segments(SegmentModel::from_bytes(&bytes)?);
    }
    Ok(())
}
