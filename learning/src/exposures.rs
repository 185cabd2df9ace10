//! Writing down who was shown what.

use std::sync::Arc;
use std::time::Duration;

use tillstream_processors::experiments::Exposure;
use tillstream_runtime::log::{Append, LogWriter};
use tillstream_runtime::partitioner::partition_for;
use tillstream_stores::Headers;

use crate::LearningError;
use crate::shared::Shared;

/// Time between two transactions.
const EVERY: Duration = Duration::from_millis(200);

/// Writes what was shown in an experiment until it should stop, and then what is left. What cannot be written is lost: an
/// experiment may miss a list.
pub(crate) fn write_exposures(shared: &Shared) {
    let mut writer: Option<Box<dyn LogWriter>> = None;
    loop {
        let stops = shared.stops();
        let (exposures, dropped) = shared.recommendations.exposures().take();
        if dropped > 0 {
            tracing::warn!(dropped, "more lists were shown than could be noted");
        }
        if !exposures.is_empty()
            && let Err(error) = write(shared, &mut writer, &exposures)
        {
            tracing::warn!(%error, lost = exposures.len(), "what was shown could not be noted");
            writer = None;
        }
        if stops {
            return;
        }
        std::thread::park_timeout(EVERY);
    }
}

fn write(
    shared: &Shared,
    writer: &mut Option<Box<dyn LogWriter>>,
    exposures: &[(String, Exposure)],
) -> Result<(), LearningError> {
    let name = &shared.answers().settings().topics.exposures;
    let topics = shared.log.topics()?;
    let missing = || LearningError::NoTopic { topic: name.clone() };
    let topic = topics.iter().find(|topic| *topic.name == **name).ok_or_else(missing)?;
    let writer = match writer {
        Some(writer) => writer,
        none => none.insert(shared.log.writer(&shared.exposures_id)?),
    };
    let headers = Headers::default();
    for (user, exposure) in exposures {
        let value = serde_json::to_vec(exposure)?;
        let (topic, partition): (&Arc<str>, u32) = (&topic.name, partition_for(user.as_bytes(), topic.partitions));
        let (key, value) = (Some(user.as_bytes()), Some(value.as_slice()));
        // Event time, as all streams have it: in a replay of the past the wall clock would be the far future.
        let timestamp = exposure.at_ms.max(0);
        writer.append(Append { topic, partition, key, value, timestamp, headers: &headers })?;
    }
    writer.commit()?;
    Ok(())
}
