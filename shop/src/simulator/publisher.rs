//! Where the shop's events become records: ids, event times, faults.

use tillstream_models::events::{Envelope, Event};

use super::SimulatorConfig;
use super::faults::Faults;
use crate::ShopRecord;
use crate::timeline::Timeline;

/// Collects events until they are due.
#[derive(Debug)]
pub(super) struct Publisher {
    timeline: Timeline,
    faults: Faults,
    /// Sets the ids of this shop apart from another's that writes to the same log.
    run: String,
    events: u64,
}

impl Publisher {
    pub(super) fn new(config: &SimulatorConfig) -> Self {
        Self {
            timeline: Timeline::default(),
            faults: Faults::new(config),
            run: format!("{:x}.{:x}", config.start_ms.div_euclid(1_000), config.seed),
            events: 0,
        }
    }

    /// An id nobody else has, such as `o6774851a.2a-17`.
    pub(super) fn id(&self, prefix: &str, number: u64) -> String {
        format!("{prefix}{}-{number}", self.run)
    }

    /// The envelope of an event that is published at `due_ms`.
    pub(super) fn envelope(&mut self, due_ms: i64) -> Envelope {
        self.events += 1;
        let event_id = self.id("e", self.events);
        Envelope::new(event_id, self.faults.event_time(due_ms))
    }

    /// Publishes an event at `due_ms`, together with the faults that befall it.
    pub(super) fn publish<E: Event>(&mut self, due_ms: i64, event: &E) {
        let record = ShopRecord::of(event);
        for (later_ms, fault) in self.faults.of(&record) {
            self.timeline.push(due_ms + later_ms, fault);
        }
        self.timeline.push(due_ms, record);
    }

    pub(super) fn next_due_ms(&self) -> Option<i64> {
        self.timeline.next_due_ms()
    }

    pub(super) fn pop_before(&mut self, bound_ms: i64) -> Option<ShopRecord> {
        self.timeline.pop_before(bound_ms)
    }
}
