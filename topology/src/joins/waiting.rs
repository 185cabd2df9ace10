//! Records of left and outer joins that have no partner yet: they wait until their window and grace are over (KS-34).

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use tillstream_stores::{Headers, KeyValueStore, ValueAndTimestamp};

use super::joiner::Join;
use super::waiting_serde::{Side, Waiting, WaitingKey};
use super::waiting_times::{WaitingTimes, Waits};
use crate::WiringError;
use crate::graph::{StoreHandle, TimeCell, Wiring};
use crate::processor::{Children, Context, ProcessError, Record};

/// The store both sides share.
pub(super) type WaitingStore<K, A, B> = KeyValueStore<WaitingKey<K>, Vec<Waiting<A, B>>>;

/// The records of one task that wait for a partner, of both sides.
pub(super) struct WaitingSet<K, A, B, R> {
    store: Rc<RefCell<WaitingStore<K, A, B>>>,
    join: Join<K, A, B, R>,
    waits: Waits,
    /// Highest event time of both sides, saved with the state.
    stream_time: TimeCell,
    /// No row is looked for before this one's wait is over; -1: nothing waits. Saved with the state.
    next_due: TimeCell,
    /// Wall clock of the next release.
    next_release: i64,
    /// Made from the store when first needed.
    times: Option<WaitingTimes>,
}

impl<K: Clone, A: Clone, B: Clone, R: Clone> WaitingSet<K, A, B, R> {
    /// Takes note of a record's time.
    pub(super) fn observe(&self, timestamp: i64) {
        self.stream_time.set(self.stream_time.get().max(timestamp));
    }

    /// The time that ends waits: behind a repartition topic that of the slowest sender.
    fn time(&self, context: &Context) -> i64 {
        context.watermark.unwrap_or(i64::MAX).min(self.stream_time.get())
    }

    /// Whether a record of `side` and `timestamp` need not wait: its window and grace are over.
    pub(super) fn is_over(&self, side: Side, timestamp: i64, context: &Context) -> bool {
        timestamp.saturating_add(self.waits.of(side)) < self.time(context)
    }

    /// Whether records of `side` ever wait.
    pub(super) fn waits(&self, side: Side) -> bool {
        side == Side::Left || self.waits.outer
    }

    /// Has a record wait.
    pub(super) fn add(&mut self, key: &WaitingKey<K>, value: Waiting<A, B>) -> Result<(), ProcessError> {
        let time = key.time;
        let mut is_new = false;
        self.store.borrow_mut().at(time).update(key, &Headers::default(), |rows| {
            let mut rows = rows.map_or_else(Vec::new, |rows| rows.value);
            is_new = rows.is_empty();
            rows.push(value);
            Ok::<_, ProcessError>(Some(ValueAndTimestamp { value: rows, timestamp: time }))
        })?;
        if is_new && let Some(times) = &mut self.times {
            times.add(time, key.side);
        }
        let due = self.next_due.get();
        self.next_due.set(if due < 0 { time } else { due.min(time) });
        Ok(())
    }

    /// Ends the wait of all records of one time, side and key: a partner came, at `now`.
    pub(super) fn remove(&mut self, key: &WaitingKey<K>, now: i64) -> Result<(), ProcessError> {
        let mut store = self.store.borrow_mut();
        if store.get(key)?.is_none() {
            return Ok(());
        }
        store.at(now).put(key, None, &Headers::default())?;
        if let Some(times) = &mut self.times {
            times.remove(key.time, key.side);
        }
        Ok(())
    }

    fn times(&mut self) -> Result<&WaitingTimes, ProcessError> {
        if self.times.is_none() {
            let mut times = WaitingTimes::default();
            for (key, _) in self.store.borrow_mut().all()? {
                times.add(key.time, key.side);
            }
            self.times = Some(times);
        }
        Ok(self.times.get_or_insert_default())
    }

    /// Hands out the rows whose wait is over, by time, right side first, then key; a record of `driver` drives it.
    ///
    /// As in Kafka Streams the set is looked through only when the row met last, still waiting, is due: so one look hands out
    /// many rows, and a row comes out at most one wait later than it could.
    pub(super) fn release(
        &mut self,
        driver: Side,
        (timestamp, headers): (i64, &Headers),
        children: &mut Children<K, R>,
        context: &mut Context,
    ) -> Result<(), ProcessError> {
        // A record behind the time has nothing new to release.
        if context.watermark.is_none() && timestamp < self.stream_time.get() {
            return Ok(());
        }
        let (time, due) = (self.time(context), self.next_due.get());
        if due >= 0 && due.saturating_add(self.waits.of(driver)) >= time {
            return Ok(());
        }
        if self.waits.interval > 0 {
            if context.wall_clock < self.next_release {
                return Ok(());
            }
            self.next_release = context.wall_clock.saturating_add(self.waits.interval);
        }
        let waits = self.waits;
        let times = self.times()?;
        let oldest = times.oldest();
        let next_due = times.met_last(waits, time);
        self.next_due.set(next_due.unwrap_or(-1));
        match oldest {
            Some(oldest) => self.release_from(oldest, time, (timestamp, headers), children, context),
            None => Ok(()),
        }
    }

    fn release_from(
        &mut self,
        oldest: i64,
        time: i64,
        (timestamp, headers): (i64, &Headers),
        children: &mut Children<K, R>,
        context: &mut Context,
    ) -> Result<(), ProcessError> {
        let (from, to) =
            (WaitingKey::first_at(oldest), WaitingKey::first_at(time.saturating_sub(self.waits.shortest())));
        let rows = self.store.borrow_mut().range(Some(&from), Some(&to))?;
        for (row, waiting) in rows {
            if row.time.saturating_add(self.waits.of(row.side)) >= time {
                continue;
            }
            let Some(key) = &row.key else { continue };
            for value in &waiting.value {
                let result = match value {
                    Waiting::Left(left) => (self.join)(key, Some(left), None),
                    Waiting::Right(right) => (self.join)(key, None, Some(right)),
                };
                let Some(value) = result else { continue };
                let record = Record { key: key.clone(), value, timestamp: row.time, headers: headers.clone() };
                children.forward(record, context)?;
            }
            self.remove(&row, timestamp)?;
        }
        Ok(())
    }
}

/// The set as both sides hold it.
pub(super) type SharedWaitingSet<K, A, B, R> = Rc<RefCell<WaitingSet<K, A, B, R>>>;

/// What the set needs to know of a join.
pub(super) struct WaitingParts<K, A, B, R> {
    pub(super) store: StoreHandle<WaitingStore<K, A, B>>,
    pub(super) join: Join<K, A, B, R>,
    pub(super) waits: Waits,
    /// Name of the join, under which its times are saved.
    pub(super) name: String,
}

impl<K: Clone + 'static, A: Clone + 'static, B: Clone + 'static, R: Clone + 'static> WaitingParts<K, A, B, R> {
    pub(super) fn wire(&self, wiring: &mut Wiring<'_>) -> Result<WaitingSet<K, A, B, R>, WiringError> {
        Ok(WaitingSet {
            store: wiring.store(&self.store)?,
            join: Arc::clone(&self.join),
            waits: self.waits,
            stream_time: wiring.time(&format!("observed/{}", self.name)),
            next_due: wiring.time(&format!("due/{}", self.name)),
            next_release: 0,
            times: None,
        })
    }
}
