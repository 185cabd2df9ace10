//! The saga as an operator: finds the order's row, gives it its turn, keeps the deadlines, hands on what follows.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use tillstream_stores::{Headers, KeyValueStore, ValueAndTimestamp};
use tillstream_topology::{
    InitContext, ProcessError, Processor, ProcessorContext, Punctuation, PunctuationType, Record, StoreHandle,
    WiringError,
};

use super::counters::CounterStore;
use super::effects::Effect;
use super::fact::OrderFact;
use super::order::Order;
use super::timeouts::{CHECK_INTERVAL_MS, Deadline};
use super::turn::{Rules, Tally, Turn};
use crate::deduplicate::{Seen, conflict};
use crate::received::Received;

/// Rows by order id.
pub(crate) type OrderStore = KeyValueStore<Arc<str>, Order>;
/// Deadlines of open orders.
pub(crate) type DeadlineStore = KeyValueStore<Deadline, ()>;

/// The stores of the saga.
#[derive(Clone, Debug)]
pub(crate) struct SagaStores {
    pub(crate) orders: StoreHandle<OrderStore>,
    pub(crate) deadlines: StoreHandle<DeadlineStore>,
    pub(crate) counters: StoreHandle<CounterStore>,
}

/// The saga's operator.
pub(crate) struct OrderSaga {
    orders: Rc<RefCell<OrderStore>>,
    deadlines: Rc<RefCell<DeadlineStore>>,
    counters: Rc<RefCell<CounterStore>>,
    rules: Rules,
    /// Finds what falls due by the wall clock while nothing comes that would move event time; none in a replay.
    quiet: Option<Punctuation>,
    /// All deadlines up to here are done with. Not saved: after a restart the first look begins at the very first one.
    checked_to_ms: i64,
    /// Kept between records so that its memory is.
    effects: Vec<(i64, Effect)>,
}

type Saga<'a> = ProcessorContext<'a, Arc<str>, Effect>;

impl OrderSaga {
    pub(crate) fn new(context: &mut InitContext<'_>, stores: &SagaStores, rules: Rules) -> Result<Self, WiringError> {
        context.schedule(CHECK_INTERVAL_MS, PunctuationType::StreamTime);
        let quiet = (!rules.replay).then(|| context.schedule(CHECK_INTERVAL_MS, PunctuationType::WallClockTime));
        Ok(Self {
            orders: context.store(&stores.orders)?,
            deadlines: context.store(&stores.deadlines)?,
            counters: context.store(&stores.counters)?,
            rules,
            quiet,
            checked_to_ms: 0,
            effects: Vec::new(),
        })
    }

    /// Moves the deadline of an order in the list of deadlines.
    fn reschedule(
        &self,
        order_id: &Arc<str>,
        before: Option<i64>,
        after: Option<i64>,
        at: i64,
    ) -> Result<(), ProcessError> {
        if before == after {
            return Ok(());
        }
        let mut deadlines = self.deadlines.borrow_mut();
        let key = |at_ms| Deadline { at_ms, order_id: Arc::clone(order_id) };
        if let Some(before) = before {
            deadlines.at(at).put(&key(before), None, &Headers::default())?;
        }
        if let Some(after) = after {
            deadlines.put(&key(after), Some(ValueAndTimestamp::new((), at)), &Headers::default())?;
        }
        Ok(())
    }

    /// Hands on what follows from a turn, with the headers of the event it was about.
    fn finish(
        &mut self,
        order_id: &Arc<str>,
        tally: Tally,
        (at, headers): (i64, &Headers),
        context: &mut Saga<'_>,
    ) -> Result<(), ProcessError> {
        tally.save(&self.counters, at)?;
        if tally.late > 0 {
            context.count_late();
        }
        for (time, effect) in self.effects.drain(..) {
            context.forward(Record::new(Arc::clone(order_id), effect, time).with_headers(headers))?;
        }
        Ok(())
    }

    fn time_out(&mut self, deadline: &Deadline, now_ms: i64, context: &mut Saga<'_>) -> Result<(), ProcessError> {
        let Deadline { order_id, at_ms } = deadline;
        let mut turn =
            Turn { order_id, rules: &self.rules, now_ms, effects: &mut self.effects, tally: Tally::default() };
        let mut after = None;
        self.orders.borrow_mut().at(*at_ms).update(order_id, &Headers::default(), |row| {
            let Some(mut row) = row.filter(|row| !turn.forgets(&row.value)) else { return Ok(None) };
            turn.expire(&mut row.value)?;
            row.timestamp = row.timestamp.max(*at_ms);
            after = row.value.deadline_ms;
            Ok::<_, ProcessError>(Some(row))
        })?;
        let tally = turn.tally;
        self.reschedule(order_id, Some(*at_ms), after, now_ms)?;
        self.finish(order_id, tally, (*at_ms, &Headers::default()), context)
    }
}

impl Processor<Arc<str>, Received<OrderFact>, Arc<str>, Effect> for OrderSaga {
    fn process(
        &mut self,
        record: Record<Arc<str>, Received<OrderFact>>,
        context: &mut Saga<'_>,
    ) -> Result<(), ProcessError> {
        let Record { key: order_id, value: Received { event, id, fingerprint }, timestamp: at, headers } = record;
        let mut turn = Turn {
            order_id: &order_id,
            rules: &self.rules,
            now_ms: context.stream_time(),
            effects: &mut self.effects,
            tally: Tally::default(),
        };
        let (mut repeated, mut deadlines) = (false, (None, None));
        self.orders.borrow_mut().update(&order_id, &Headers::default(), |row| {
            let known = row.is_some();
            let mut row = row.unwrap_or_else(|| ValueAndTimestamp::new(Order::default(), at));
            let order = &mut row.value;
            match order.seen.meet(id, fingerprint) {
                Seen::New => {}
                Seen::Repeat => {
                    repeated = true;
                    return Ok(Some(row));
                }
                Seen::Conflict => return Err(conflict(event.event_id())),
            }
            deadlines.0 = order.deadline_ms;
            turn.expire(order)?;
            turn.take(order, known, event, at)?;
            deadlines.1 = order.deadline_ms;
            row.timestamp = row.timestamp.max(at);
            Ok::<_, ProcessError>(Some(row))
        })?;
        let tally = turn.tally;
        if repeated {
            context.count_duplicate();
            return Ok(());
        }
        self.reschedule(&order_id, deadlines.0, deadlines.1, at)?;
        self.finish(&order_id, tally, (at, &headers), context)
    }

    fn punctuate(&mut self, at: i64, id: usize, context: &mut Saga<'_>) -> Result<(), ProcessError> {
        let by_wall_clock = self.quiet.as_ref().is_some_and(|quiet| quiet.id() == id);
        if by_wall_clock && !context.inputs_idle() {
            return Ok(());
        }
        // From where the last look ended: before it lie the remains of deleted deadlines, which a scan would wade through.
        let (from, to) = (Deadline::behind(self.checked_to_ms.saturating_sub(1)), Deadline::behind(at));
        let due = self.deadlines.borrow_mut().range(Some(&from), Some(&to))?;
        if !by_wall_clock {
            // Event time is behind the wall clock: orders may yet come whose deadlines lie between the two.
            self.checked_to_ms = at;
        }
        due.iter().try_for_each(|(deadline, _)| self.time_out(deadline, at, context))
    }
}
