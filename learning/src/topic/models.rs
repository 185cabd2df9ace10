//! Reading models from the log as they come.

use std::sync::Arc;
use std::time::Duration;

use tillstream_runtime::log::{Log, LogReader, TopicPartition};

use super::{ALS, Assembler, SEGMENTS, partition_of};
use crate::LearningError;

/// The models of a log, in the order they were made in.
pub(crate) struct Models {
    reader: Box<dyn LogReader>,
    als: Assembler,
    segments: Assembler,
    next: i64,
    end: i64,
}

/// A model, as its maker wrote it, and in how many chunks.
pub(crate) enum Found {
    /// What lists are made of.
    Als(Vec<u8>, u32),
    /// The customers' segments.
    Segments(Vec<u8>, u32),
}

impl Models {
    /// Reads from the oldest that is kept.
    ///
    /// # Errors
    /// When there is no such topic, or the log fails.
    pub(crate) fn open(log: &dyn Log, topic: &str) -> Result<Self, LearningError> {
        let missing = || LearningError::NoTopic { topic: topic.to_owned() };
        let topic = log.topics()?.into_iter().find(|found| *found.name == *topic).ok_or_else(missing)?;
        let partition = TopicPartition::new(Arc::clone(&topic.name), partition_of(&topic));
        let ranges = log.settled_offsets(std::slice::from_ref(&partition))?;
        let (next, end) = ranges.first().map_or((0, 0), |range| (range.start, range.end));
        let mut reader = log.reader()?;
        reader.assign(&partition, next)?;
        Ok(Self { reader, als: Assembler::new(ALS), segments: Assembler::new(SEGMENTS), next, end })
    }

    /// Whether all has been read that was there when it was opened.
    pub(crate) fn has_caught_up(&self) -> bool {
        self.next >= self.end
    }

    /// What has come, waiting for it for so long at most.
    ///
    /// # Errors
    /// When the log fails.
    pub(crate) fn poll(&mut self, patience: Duration) -> Result<Vec<Found>, LearningError> {
        let mut found = Vec::new();
        for fetched in self.reader.poll(patience)? {
            for record in &fetched.records {
                let (key, value) = (record.key.as_deref().unwrap_or_default(), record.value.as_deref());
                if let Some((manifest, bytes)) = self.als.take(key, value) {
                    found.push(Found::Als(bytes, manifest.chunks));
                }
                if let Some((manifest, bytes)) = self.segments.take(key, value) {
                    found.push(Found::Segments(bytes, manifest.chunks));
                }
            }
            self.next = fetched.next_offset;
        }
        Ok(found)
    }
}
