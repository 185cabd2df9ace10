//! Clocks that call processors: by stream time and by wall clock.

use std::cell::Cell;
use std::rc::Rc;

use super::{Context, ProcessError};

/// Which clock drives a punctuation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PunctuationType {
    /// The task's stream time: moves with the data alone. Fires on the first data, then at multiples of the interval.
    StreamTime,
    /// The wall clock, as handed in. Fires one interval after the start.
    WallClockTime,
}

/// A schedule that can be ended.
#[derive(Clone, Debug)]
pub struct Punctuation {
    id: usize,
    cancelled: Rc<Cell<bool>>,
}

impl Punctuation {
    /// Tells the schedules of one processor apart.
    pub fn id(&self) -> usize {
        self.id
    }

    /// Ends the schedule.
    pub fn cancel(&self) {
        self.cancelled.set(true);
    }
}

/// Called with the time it fires at and the id of the schedule.
type Callback = Box<dyn FnMut(i64, usize, &mut Context) -> Result<(), ProcessError>>;

struct Schedule {
    kind: PunctuationType,
    interval: i64,
    next: i64,
    cancelled: Rc<Cell<bool>>,
    owner: usize,
}

impl Schedule {
    /// Moves on behind `now`: a gap of several intervals fires once.
    fn advance(&mut self, now: i64) {
        let missed = (now - self.next) / self.interval;
        self.next = self.next.saturating_add((missed + 1).saturating_mul(self.interval));
    }
}

/// All schedules of a task, fired between records.
#[derive(Default)]
pub(crate) struct Punctuations {
    schedules: Vec<Schedule>,
    owners: Vec<Option<Callback>>,
}

impl Punctuations {
    /// Registers a processor that may schedule; its callback is set when the processor is complete.
    pub(crate) fn add_owner(&mut self) -> usize {
        self.owners.push(None);
        self.owners.len() - 1
    }

    pub(crate) fn set_callback(&mut self, owner: usize, callback: Callback) {
        if let Some(slot) = self.owners.get_mut(owner) {
            *slot = Some(callback);
        }
    }

    /// Adds a schedule that fires first at `first`, then every `interval` ms.
    pub(crate) fn schedule(&mut self, owner: usize, kind: PunctuationType, interval: i64, first: i64) -> Punctuation {
        let cancelled = Rc::new(Cell::new(false));
        let interval = interval.max(1);
        self.schedules.push(Schedule { kind, interval, next: first, cancelled: Rc::clone(&cancelled), owner });
        Punctuation { id: self.schedules.len() - 1, cancelled }
    }

    /// Fires what is due at `now`, earliest first; answers whether anything fired.
    pub(crate) fn fire(
        &mut self,
        kind: PunctuationType,
        now: i64,
        context: &mut Context,
    ) -> Result<bool, ProcessError> {
        let mut fired = false;
        while let Some((id, schedule)) = self
            .schedules
            .iter_mut()
            .enumerate()
            .filter(|(_, schedule)| schedule.kind == kind && schedule.next <= now && !schedule.cancelled.get())
            .min_by_key(|(_, schedule)| schedule.next)
        {
            schedule.advance(now);
            fired = true;
            if let Some(Some(callback)) = self.owners.get_mut(schedule.owner) {
                callback(now, id, context)?;
            }
        }
        Ok(fired)
    }
}
