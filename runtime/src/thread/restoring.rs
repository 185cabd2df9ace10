//! The tasks of a thread that are being restored, and the reader they share.

use std::time::Duration;

use super::ThreadContext;
use crate::error::Error;
use crate::ids::TaskId;
use crate::log::{LogReader, Membership};
use crate::standby::Claim;
use crate::task::{Opening, TaskContext};

/// Tasks on their way.
#[derive(Default)]
pub(super) struct Restoring {
    openings: Vec<Opening>,
    /// There only while something is opened or restored: on a cluster it costs connections.
    reader: Option<Box<dyn LogReader>>,
}

impl Restoring {
    pub(super) fn is_empty(&self) -> bool {
        self.openings.is_empty()
    }

    /// Opens tasks, as far as their state is on disk, once what their last owners left open is ended.
    pub(super) fn begin(
        &mut self,
        tasks: Vec<Claim>,
        context: &ThreadContext,
        membership: &dyn Membership,
    ) -> Result<(), Error> {
        let (context, written) = (&context.tasks, context.written()?);
        let begin = |reader: &mut dyn LogReader| {
            context.begin(tasks, reader, |writers| membership.end_departed(writers, &written))
        };
        let reader = match &mut self.reader {
            Some(reader) => reader,
            none => none.insert(context.log.batch_reader()?),
        };
        let openings = if self.openings.is_empty() {
            begin(&mut **reader)?
        } else {
            // This one is at work on the changelogs of others.
            begin(&mut *context.log.batch_reader()?)?
        };
        for opening in openings {
            for (partition, from) in opening.wanted() {
                tracing::info!(task = %opening.id, changelog = %partition.topic, from, "restoring");
                reader.assign(partition, from)?;
            }
            self.openings.push(opening);
        }
        Ok(())
    }

    /// Reads one batch of the changelogs; answers the tasks that lack nothing any more. Waits for the log only if `idle`.
    pub(super) fn advance(&mut self, context: &ThreadContext, idle: bool) -> Result<Vec<Opening>, Error> {
        if let Some(reader) = &mut self.reader {
            let timeout = if idle { Duration::from_millis(context.options.poll_ms) } else { Duration::ZERO };
            for fetched in reader.poll(timeout)? {
                for opening in &mut self.openings {
                    let id = opening.id;
                    if opening.restore(&fetched, &context.tasks).map_err(|error| error.of_task(id))? {
                        reader.unassign(&fetched.partition);
                    }
                }
            }
        }
        let ready = self.openings.extract_if(.., |opening| opening.is_restored()).collect();
        if self.openings.is_empty() {
            self.reader = None;
        }
        Ok(ready)
    }

    /// Gives up on tasks; what was restored so far stays on disk.
    pub(super) fn close(&mut self, ids: &[TaskId], context: &TaskContext) {
        for opening in self.openings.extract_if(.., |opening| ids.contains(&opening.id)) {
            if let Some(reader) = &mut self.reader {
                opening.wanted().for_each(|(partition, _)| reader.unassign(partition));
            }
            opening.close(context);
        }
    }
}
