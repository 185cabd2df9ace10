//! Telling the receivers of repartition topics how far a task is in event time, also when it has nothing else to send.

use std::sync::Arc;

use bytes::Bytes;
use tillstream_stores::Headers;
use tillstream_topology::TopicName;
use tillstream_topology::execution::{SENDER_HEADER, SenderMark};

use super::StreamThread;
use super::commit::Sent;
use crate::log::{Append, LogError, LogWriter};
use crate::task::{PartitionQueue, Task, TaskContext};

impl Task {
    /// Whether the task has become idle or busy since it last said so.
    pub(super) fn wants_announcement(&self) -> bool {
        self.is_idle() != self.announced_idle && self.graph.sent_times().next().is_some()
    }

    fn is_idle(&self) -> bool {
        self.idle
    }

    /// Appends a marker to each partition that was not told the task's time by a record of this transaction.
    pub(super) fn announce(
        &mut self,
        writer: &mut dyn LogWriter,
        context: &TaskContext,
        sent: &mut Sent,
    ) -> Result<(), LogError> {
        let idle = self.is_idle();
        let turned = idle != self.announced_idle;
        let times: Vec<(String, i64)> = self.graph.sent_times().map(|(topic, time)| (topic.to_owned(), time)).collect();
        for (short, time) in times {
            if !turned && self.announced.get(&short).is_some_and(|known| *known >= time) {
                continue;
            }
            let name: Arc<str> = TopicName::Internal(short.as_str().into()).full(&context.application_id);
            let mark = SenderMark { sender: self.id.partition, time, idle };
            let headers = Headers::default().with(SENDER_HEADER, Some(Bytes::copy_from_slice(&mark.encode())));
            for partition in 0..context.partitions_of(&name)? {
                let told = sent.get(&(Arc::clone(&name), partition)).is_some_and(|told| *told >= time);
                if told && !idle {
                    continue;
                }
                let timestamp = time.max(0);
                writer.append(Append {
                    topic: &name,
                    partition,
                    key: None,
                    value: None,
                    timestamp,
                    headers: &headers,
                })?;
            }
            self.announced.insert(short, time);
        }
        self.announced_idle = idle;
        Ok(())
    }
}

impl StreamThread {
    /// A task whose inputs have been at their end for the idle time-out stands aside, so that windows behind it close.
    pub(super) fn note_idle_tasks(&mut self, now: i64) {
        let timeout = self.context.options.sender_idle_timeout_ms;
        for task in &mut self.tasks {
            let quiet = task.queues.iter().all(PartitionQueue::is_at_end);
            let since = if quiet { Some(*task.idle_since_ms.get_or_insert(now)) } else { None };
            task.idle_since_ms = since;
            task.idle = since.is_some_and(|since| now - since >= timeout);
            task.graph.set_inputs_idle(task.idle);
        }
    }
}
