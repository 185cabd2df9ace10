//! Records of left and outer joins that have no partner yet: they wait until their window and grace are over (KS-34).

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use tillstream_stores::{Headers, KeyValueStore, ValueAndTimestamp};

use super::joiner::Join;
use super::waiting_serde::{Side, Waiting, WaitingKey};
use crate::graph::TimeCell;
use crate::processor::{Children, Context, ProcessError, Record};

/// The store both sides share.
pub(super) type WaitingStore<K, A, B> = KeyValueStore<WaitingKey<K>, Vec<Waiting<A, B>>>;

/// How long each side waits, ms of event time behind the record, grace included.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waits {
    pub(super) left: i64,
    pub(super) right: i64,
    /// Whether right records wait: in an outer join.
    pub(super) outer: bool,
    /// How often, by the wall clock in ms, rows are released at most.
    pub(super) interval: i64,
}

impl Waits {
    fn of(self, side: Side) -> i64 {
        match side {
            Side::Left => self.left,
            Side::Right => self.right,
        }
    }

    fn shortest(self) -> i64 {
        if self.outer { self.left.min(self.right) } else { self.left }
    }
}

/// The records of one task that wait for a partner, of both sides.
pub(super) struct WaitingSet<K, A, B, R> {
    pub(super) store: Rc<RefCell<WaitingStore<K, A, B>>>,
    pub(super) join: Join<K, A, B, R>,
    pub(super) waits: Waits,
    /// Highest event time of both sides, saved with the state.
    pub(super) stream_time: TimeCell,
    /// Wall clock of the next release.
    pub(super) next_release: i64,
    /// Number of rows by their time; made from the store when first needed.
    pub(super) times: Option<BTreeMap<i64, usize>>,
}

impl<K: Clone, A: Clone, B: Clone, R: Clone> WaitingSet<K, A, B, R> {
    /// Takes note of a record's time.
    pub(super) fn observe(&self, timestamp: i64) {
        self.stream_time.set(self.stream_time.get().max(timestamp));
    }

    /// The time that ends waits: behind a repartition topic that of the slowest sender.
    fn time(&self, context: &Context) -> i64 {
        context.watermark.map_or(self.stream_time.get(), |watermark| watermark.min(self.stream_time.get()))
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
    pub(super) fn add(&mut self, key: WaitingKey<K>, value: Waiting<A, B>) -> Result<(), ProcessError> {
        let time = key.time;
        let mut is_new = false;
        self.store.borrow_mut().at(time).update(&key, &Headers::default(), |rows| {
            let mut rows = rows.map_or_else(Vec::new, |rows| rows.value);
            is_new = rows.is_empty();
            rows.push(value);
            Ok::<_, ProcessError>(Some(ValueAndTimestamp { value: rows, timestamp: time }))
        })?;
        if is_new && let Some(times) = &mut self.times {
            *times.entry(time).or_default() += 1;
        }
        Ok(())
    }

    /// Ends the wait of all records of one time, side and key: a partner came, at `now`.
    pub(super) fn remove(&mut self, key: &WaitingKey<K>, now: i64) -> Result<(), ProcessError> {
        let mut store = self.store.borrow_mut();
        if store.get(key)?.is_none() {
            return Ok(());
        }
        store.at(now).put(key, None, &Headers::default())?;
        if let Some(times) = &mut self.times
            && let Some(count) = times.get_mut(&key.time)
        {
            *count -= 1;
            if *count == 0 {
                times.remove(&key.time);
            }
        }
        Ok(())
    }

    fn oldest(&mut self) -> Result<Option<i64>, ProcessError> {
        if self.times.is_none() {
            let mut times: BTreeMap<i64, usize> = BTreeMap::new();
            for (key, _) in self.store.borrow_mut().all()? {
                *times.entry(key.time).or_default() += 1;
            }
            self.times = Some(times);
        }
        Ok(self.times.as_ref().and_then(|times| times.keys().next().copied()))
    }

    /// Hands out the rows whose wait is over, by time, right side first, then key; `driver` and its record drive it.
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
        let time = self.time(context);
        let oldest = self.oldest()?;
        if oldest.is_some_and(|oldest| oldest.saturating_add(self.waits.of(driver)) >= time) {
            return Ok(());
        }
        if self.waits.interval > 0 {
            if context.wall_clock < self.next_release {
                return Ok(());
            }
            self.next_release = context.wall_clock.saturating_add(self.waits.interval);
        }
        let Some(oldest) = oldest else { return Ok(()) };
        let bound = time.saturating_sub(self.waits.shortest());
        let rows = self.store.borrow_mut().range(Some(&WaitingKey::first_at(oldest)), Some(&WaitingKey::first_at(bound)))?;
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
    pub(super) store: crate::graph::StoreHandle<WaitingStore<K, A, B>>,
    pub(super) join: Join<K, A, B, R>,
    pub(super) waits: Waits,
    pub(super) time_name: String,
}

impl<K: Clone + 'static, A: Clone + 'static, B: Clone + 'static, R: Clone + 'static> WaitingParts<K, A, B, R> {
    pub(super) fn wire(
        &self,
        wiring: &mut crate::graph::Wiring<'_>,
    ) -> Result<WaitingSet<K, A, B, R>, crate::WiringError> {
        Ok(WaitingSet {
            store: wiring.store(&self.store)?,
            join: Arc::clone(&self.join),
            waits: self.waits,
            stream_time: wiring.time(&self.time_name),
            next_release: 0,
            times: None,
        })
    }
}
