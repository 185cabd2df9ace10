//! Reading the partitions of a topic up to the end they have now.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use tillstream_runtime::log::{LogError, OffsetRange, TopicPartition};

use super::LogRecord;
use crate::error::{ErrorKind, SqlError};
use crate::tables::{Batches, State, Wanted};

/// How long one look at the log waits. The end is known, so there is something to wait for.
const POLL: Duration = Duration::from_millis(200);

/// Looks without news after which the log is taken for gone.
const PATIENCE: u32 = 50;

/// Shows `visit` the records of `topic` that are wanted: partition by partition, up to the end each has now.
pub(in crate::tables) fn visit<R: ?Sized>(
    state: &State,
    topic: &str,
    wanted: &Wanted,
    batches: &mut Batches<'_, R>,
    mut visit: impl FnMut(LogRecord, &mut Batches<'_, R>) -> ControlFlow<()>,
) -> Result<(), SqlError> {
    let topic: Arc<str> = topic.into();
    let count = state.log.topics()?.into_iter().find(|info| info.name == topic).map_or(0, |info| info.partitions);
    let (first, last) = wanted.number_range("partition");
    let partitions: Vec<TopicPartition> = (0..count)
        .filter(|number| (first..=last).contains(&i64::from(*number)) && wanted.is_mine(*number as usize))
        .map(|number| TopicPartition::new(Arc::clone(&topic), number))
        .collect();
    let ranges = state.log.offsets(&partitions)?;
    for (partition, range) in partitions.iter().zip(ranges) {
        let (first, last) = wanted.number_range("offset");
        let range = OffsetRange { start: range.start.max(first), end: range.end.min(last.saturating_add(1)) };
        if read(state, partition, range, batches, &mut visit)?.is_break() {
            break;
        }
    }
    Ok(())
}

fn read<R: ?Sized>(
    state: &State,
    partition: &TopicPartition,
    range: OffsetRange,
    batches: &mut Batches<'_, R>,
    visit: &mut impl FnMut(LogRecord, &mut Batches<'_, R>) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, SqlError> {
    if range.start >= range.end {
        return Ok(ControlFlow::Continue(()));
    }
    let mut reader = state.log.reader()?;
    reader.assign(partition, range.start)?;
    let (mut next, mut idle) = (range.start, 0);
    while next < range.end {
        let fetched = match reader.poll(POLL) {
            Ok(fetched) => fetched,
            // Purged meanwhile: what is left begins further on.
            Err(LogError::OffsetOutOfRange { .. }) => {
                let start =
                    state.log.offsets(std::slice::from_ref(partition))?.first().map_or(range.end, |now| now.start);
                next = start.max(next.saturating_add(1));
                reader.assign(partition, next)?;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        idle = if fetched.is_empty() { idle + 1 } else { 0 };
        if idle > PATIENCE {
            let message = format!("partition {} of {} cannot be read to its end", partition.partition, partition.topic);
            return Err(SqlError::new(ErrorKind::NotReady, message));
        }
        for fetched in fetched {
            next = next.max(fetched.next_offset);
            for record in fetched.records {
                if record.offset >= range.end {
                    return Ok(ControlFlow::Continue(()));
                }
                if visit(LogRecord::new(partition.partition, record), batches).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
    }
    Ok(ControlFlow::Continue(()))
}
