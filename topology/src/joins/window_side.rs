//! One side of a stream–stream join at work: each record meets the other side's, then takes its place among its own (KS-33).

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::rc::Rc;

use tillstream_stores::{Headers, SharedSerde, ValueAndTimestamp, WindowStore};

use super::joiner::Join;
use super::waiting::SharedWaitingSet;
use super::waiting_serde::{Side, Waiting, WaitingKey};
use crate::processor::{Children, Context, Forward, ProcessError, Record};

/// One side: `A` are its values, `B` the other side's; `L` and `R` are those of the left and the right side.
pub(super) struct WindowSide<K, A, B, L, R, Out> {
    pub(super) side: Side,
    pub(super) own: Rc<RefCell<WindowStore<K, A>>>,
    pub(super) other: Rc<RefCell<WindowStore<K, B>>>,
    /// How much older and how much newer than a record of this side its partners may be, ms.
    pub(super) reach: (i64, i64),
    pub(super) join: Join<K, A, B, Out>,
    /// Whether records of this side come out without a partner.
    pub(super) alone: bool,
    /// Where records without a partner wait; `None`: in an inner join, and where nobody waits.
    pub(super) waiting: Option<SharedWaitingSet<K, L, R, Out>>,
    pub(super) wait: fn(A) -> Waiting<L, R>,
    pub(super) key: SharedSerde<K>,
    pub(super) value: SharedSerde<A>,
    /// Times of the partners of the record in hand.
    pub(super) partners: Vec<i64>,
    pub(super) children: Rc<RefCell<Children<K, Out>>>,
}

impl<K: Clone, A: Clone, B: Clone, L: Clone, R: Clone, Out: Clone> Forward<K, A> for WindowSide<K, A, B, L, R, Out> {
    fn forward(&mut self, record: Record<K, A>, context: &mut Context) -> Result<(), ProcessError> {
        if let Some(watermark) = context.watermark {
            // The slowest sender's time: rows stay until nobody can ask for them.
            self.own.borrow_mut().advance(watermark);
            self.other.borrow_mut().advance(watermark);
        }
        if let Some(waiting) = &self.waiting {
            waiting.borrow().observe(record.timestamp);
        }
        if self.key.is_null(&record.key) || self.value.is_null(&record.value) {
            return self.with_null(record, context);
        }
        if let Some(waiting) = &self.waiting {
            let driven_by = (record.timestamp, &record.headers);
            waiting.borrow_mut().release(self.side, driven_by, &mut self.children.borrow_mut(), context)?;
        }
        let last = self.pair(&record, context)?;
        let Record { key, value, timestamp, headers } = record;
        let result = match last {
            Some((partner, result)) => {
                let key = self.partners_found(key, timestamp)?;
                self.keep(&key, value, timestamp, &headers)?;
                Some(Record { key, value: result, timestamp: timestamp.max(partner), headers })
            }
            None if self.alone => self.stays_alone(Record { key, value, timestamp, headers }, context)?,
            None => {
                self.keep(&key, value, timestamp, &headers)?;
                None
            }
        };
        match result {
            Some(result) => self.children.borrow_mut().forward(result, context),
            None => Ok(()),
        }
    }
}

impl<K: Clone, A: Clone, B: Clone, L: Clone, R: Clone, Out: Clone> WindowSide<K, A, B, L, R, Out> {
    /// KS-28: a null value is dropped; a null key has no partner, and comes out alone where that is a result.
    fn with_null(&mut self, record: Record<K, A>, context: &mut Context) -> Result<(), ProcessError> {
        let null_key = self.key.is_null(&record.key);
        if null_key && self.alone && !self.value.is_null(&record.value) {
            let Record { key, value, timestamp, headers } = record;
            return match (self.join)(&key, Some(&value), None) {
                Some(value) => self.children.borrow_mut().forward(Record { key, value, timestamp, headers }, context),
                None => Ok(()),
            };
        }
        context.dropped.null += 1;
        if !null_key {
            // The store logs it although it keeps nothing.
            self.own.borrow_mut().at(record.timestamp).put(&record.key, record.timestamp, None, &record.headers)?;
        }
        Ok(())
    }

    /// Joins `record` with all partners. The last result is held back, so that it can take the record's key by move.
    fn pair(&mut self, record: &Record<K, A>, context: &mut Context) -> Result<Option<(i64, Out)>, ProcessError> {
        let Record { key, value, timestamp, headers } = record;
        let from = timestamp.saturating_sub(self.reach.0).max(0);
        let to = timestamp.saturating_add(self.reach.1).max(0);
        let (mut held, mut outcome) = (None, Ok(()));
        let mut children = self.children.borrow_mut();
        self.partners.clear();
        let (join, partners) = (&self.join, &mut self.partners);
        self.other.borrow_mut().fetch_range(key, from, to, &mut |start, row| {
            partners.push(start);
            let Some(result) = join(key, Some(value), Some(&row.value)) else { return ControlFlow::Continue(()) };
            if let Some((start, value)) = held.replace((start, result)) {
                let timestamp = (*timestamp).max(start);
                let record = Record { key: key.clone(), value, timestamp, headers: headers.clone() };
                outcome = children.forward(record, context);
            }
            if outcome.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        outcome.map(|()| held)
    }

    /// The partners need not wait any more.
    fn partners_found(&mut self, key: K, timestamp: i64) -> Result<K, ProcessError> {
        let side = if self.side == Side::Left { Side::Right } else { Side::Left };
        let Some(waiting) = self.waiting.as_ref().filter(|waiting| waiting.borrow().waits(side)) else {
            return Ok(key);
        };
        let mut waiting = waiting.borrow_mut();
        let mut row = WaitingKey { time: 0, side, key: Some(key.clone()) };
        for time in &self.partners {
            row.time = *time;
            waiting.remove(&row, timestamp)?;
        }
        Ok(key)
    }

    /// Has a record without partner wait, or answers its result if it need not.
    fn stays_alone(
        &mut self,
        record: Record<K, A>,
        context: &mut Context,
    ) -> Result<Option<Record<K, Out>>, ProcessError> {
        let Record { key, value, timestamp, headers } = record;
        if let Some(waiting) = &self.waiting
            && !waiting.borrow().is_over(self.side, timestamp, context)
        {
            let row = WaitingKey { time: timestamp, side: self.side, key: Some(key.clone()) };
            waiting.borrow_mut().add(&row, (self.wait)(value.clone()))?;
            self.keep(&key, value, timestamp, &headers)?;
            return Ok(None);
        }
        let result = (self.join)(&key, Some(&value), None);
        self.keep(&key, value, timestamp, &headers)?;
        Ok(result.map(|value| Record { key, value, timestamp, headers }))
    }

    /// Keeps a record for those to come, unless it is too old for them; then the store counts it.
    fn keep(&self, key: &K, value: A, timestamp: i64, headers: &Headers) -> Result<(), ProcessError> {
        let row = ValueAndTimestamp { value, timestamp };
        self.own.borrow_mut().put(key, timestamp, Some(row), headers)?;
        Ok(())
    }
}
