//! One order's turn: what an event, or the time, makes of its row and what follows from it. No store is touched here.

use std::sync::Arc;

use tillstream_models::events::{Country, Currency, InventoryEvent, LegState, Money, OrderEvent, PaymentEvent};
use tillstream_topology::ProcessError;

use super::compensations::Undone;
use super::effects::{Effect, StatusChange};
use super::fact::OrderFact;
use super::messages::Messages;
use super::order::{Details, InventoryLeg, Order, Reserved};
use super::status::Status;
use super::transitions::{Actions, Cause, Input, Step, step};
use crate::co_purchase::BasketRules;
use crate::sales::{Line, SaleKind, SalesFact, overflow};

/// What the turns of all orders go by.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) timeout_ms: i64,
    pub(crate) grace_ms: i64,
    pub(crate) retention_ms: i64,
    /// The wall clock says nothing about these events.
    pub(crate) replay: bool,
    pub(crate) baskets: BasketRules,
}

/// Lateness of sales is judged by the hour of the fact, once, for windows of every size: hours then add up to days and days
/// to months exactly.
const HOUR_MS: i64 = 3_600_000;

/// What a turn counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) illegal: u64,
    pub(crate) late: u64,
    pub(crate) baskets: u64,
    pub(crate) truncated: u64,
}

/// One order's turn.
pub(super) struct Turn<'a> {
    pub(super) order_id: &'a Arc<str>,
    pub(super) rules: &'a Rules,
    /// The task's stream time, epoch ms.
    pub(super) now_ms: i64,
    /// What follows, each at its event time.
    pub(super) effects: &'a mut Vec<(i64, Effect)>,
    pub(super) tally: Tally,
}

/// Lines that came back.
struct Return {
    user_id: Option<Box<str>>,
    currency: Currency,
    country: Option<Country>,
    lines: Arc<[Line]>,
}

impl Turn<'_> {
    /// Lets the time run out if the deadline of an open order has passed.
    pub(super) fn expire(&mut self, order: &mut Order) -> Result<(), ProcessError> {
        let Some(deadline) = order.deadline_ms.filter(|deadline| *deadline <= self.now_ms) else { return Ok(()) };
        let before = order.status();
        if !before.is_open() {
            return Ok(());
        }
        let Some(next) = step(order.saga, Input::TimedOut) else { return Ok(()) };
        order.reason.get_or_insert_with(|| Cause::TimedOut.as_str().into());
        // A time-out happens at its deadline, however much later the next record shows that it has passed: it is not late.
        let now_ms = std::mem::replace(&mut self.now_ms, deadline);
        let outcome = self.enter(order, next, deadline, None);
        self.now_ms = now_ms;
        order.updated_at_ms = order.updated_at_ms.max(deadline);
        self.watch(order, deadline);
        self.moved(Some(before), order, deadline);
        outcome
    }

    /// Takes an event of time `at`. An illegal one is counted and changes nothing.
    pub(super) fn take(
        &mut self,
        order: &mut Order,
        known: bool,
        fact: OrderFact,
        at: i64,
    ) -> Result<(), ProcessError> {
        let before = known.then(|| order.status());
        match input(order, &fact).and_then(|input| step(order.saga, input)) {
            Some(next) => {
                let back = self.record(order, fact, at)?;
                self.enter(order, next, at, back)?;
                order.updated_at_ms = order.updated_at_ms.max(at);
            }
            None => {
                order.illegal = order.illegal.saturating_add(1);
                self.tally.illegal += 1;
            }
        }
        self.watch(order, at);
        self.moved(before, order, at);
        Ok(())
    }

    /// Writes down what a legal event says.
    fn record(&self, order: &mut Order, fact: OrderFact, at: i64) -> Result<Option<Return>, ProcessError> {
        match fact {
            OrderFact::Order(event) => return self.record_order(order, event, at),
            OrderFact::Inventory(InventoryEvent::Reserved(event)) => {
                let items = event.items.into_iter().map(Reserved::from).collect();
                order.inventory = InventoryLeg { at_ms: Some(at), items, ..std::mem::take(&mut order.inventory) };
            }
            OrderFact::Inventory(InventoryEvent::Failed(event)) => {
                order.inventory.at_ms = Some(at);
                give_reason(order, event.reason, Cause::OutOfStock);
            }
            OrderFact::Inventory(InventoryEvent::Released(_)) => order.inventory.released_at_ms = Some(at),
            OrderFact::Inventory(InventoryEvent::Adjusted(_) | InventoryEvent::Counted(_)) => {}
            OrderFact::Payment(PaymentEvent::Completed(event)) => {
                order.payment.at_ms = Some(at);
                order.payment.payment_id = event.payment_id;
                order.payment.paid = Some((event.amount, event.currency));
            }
            OrderFact::Payment(PaymentEvent::Failed(event)) => {
                order.payment.at_ms = Some(at);
                give_reason(order, event.reason, Cause::NotPaid);
            }
            OrderFact::Payment(PaymentEvent::Refunded(event)) => {
                let sum = order.payment.refunded.checked_add(event.amount);
                order.payment.refunded = sum.ok_or_else(|| overflow("the sum of the order's refunds"))?;
                order.payment.refunded_at_ms = Some(at);
            }
        }
        Ok(None)
    }

    fn record_order(&self, order: &mut Order, event: OrderEvent, at: i64) -> Result<Option<Return>, ProcessError> {
        match event {
            OrderEvent::Placed(placed) => {
                order.details = Some(Details {
                    user_id: placed.user_id,
                    country: placed.country,
                    currency: placed.currency,
                    items: Line::shared(placed.items)?,
                    total: placed.total,
                    placed_at_ms: at,
                });
                order.deadline_ms = Some(self.deadline(at, self.rules.timeout_ms));
            }
            OrderEvent::Confirmed(_) => order.reason = None,
            OrderEvent::Cancelled(event) => {
                order.reason = Some(event.reason.unwrap_or_else(|| Cause::Service.as_str().into()));
            }
            OrderEvent::Returned(event) => {
                let (user_id, currency, country) = (event.user_id, event.currency, event.country);
                return Ok(Some(Return { user_id, currency, country, lines: Line::shared(event.items)? }));
            }
            OrderEvent::Shipped(_) | OrderEvent::Delivered(_) => {}
        }
        Ok(None)
    }

    /// Goes to the next state and tells everybody what follows.
    fn enter(&mut self, order: &mut Order, next: Step, at: i64, back: Option<Return>) -> Result<(), ProcessError> {
        order.saga = next.saga;
        self.tell(order, next.actions, at);
        self.compensate(order, next.actions, at);
        self.count_sales(order, next.actions, at);
        if let Some(Return { user_id, currency, country, lines }) = back {
            let details = order.details.as_ref();
            let country = country.or_else(|| details.and_then(|details| details.country));
            let user_id = user_id.as_deref().or_else(|| details.map(|details| &*details.user_id)).map(Arc::from);
            let placed_at_ms = details.map(|details| details.placed_at_ms);
            let kind = SaleKind::Returned;
            self.count_sale(SalesFact { kind, user_id, currency, placed_at_ms, country, lines }, at);
        }
        Ok(())
    }

    fn tell(&mut self, order: &mut Order, actions: Actions, at: i64) {
        if let Some(cause) = actions.cancelled {
            order.reason.get_or_insert_with(|| cause.as_str().into());
        }
        let Some(details) = &order.details else { return };
        let messages = Messages { order_id: self.order_id, at_ms: at };
        let told = if actions.confirmed {
            messages.confirmed(order, details)
        } else if actions.cancelled.is_some() {
            messages.cancelled(order, details)
        } else {
            return;
        };
        self.effects.push((at, Effect::Update(told.0)));
        self.effects.push((at, Effect::Notification(told.1)));
    }

    fn compensate(&mut self, order: &mut Order, actions: Actions, at: i64) {
        let undone = Undone { release: actions.release, refund: actions.refund };
        let messages = Messages { order_id: self.order_id, at_ms: at };
        self.effects.extend(undone.of(order, &messages).map(|event| (at, Effect::Compensation(event))));
    }

    fn count_sales(&mut self, order: &Order, actions: Actions, at: i64) {
        let Some(details) = &order.details else { return };
        let Details { currency, country, placed_at_ms, .. } = *details;
        let user_id = || Some(Arc::from(&*details.user_id));
        let fact = |kind| SalesFact {
            kind,
            user_id: user_id(),
            currency,
            placed_at_ms: Some(placed_at_ms),
            country,
            lines: Arc::clone(&details.items),
        };
        if actions.sale {
            self.count_sale(fact(SaleKind::Sold), placed_at_ms);
            self.count_basket(details, 1);
        }
        if actions.cancelled.is_some() {
            let kind = if actions.void { SaleKind::Voided } else { SaleKind::Cancelled };
            self.count_sale(fact(kind), at);
        }
        if actions.void {
            self.count_basket(details, -1);
        }
    }

    /// A fact whose hour is closed is late: counted, and kept out of every window.
    fn count_sale(&mut self, fact: SalesFact, time: i64) {
        let hour_end = time.div_euclid(HOUR_MS).saturating_add(1).saturating_mul(HOUR_MS);
        if hour_end.saturating_add(self.rules.grace_ms) <= self.now_ms {
            self.tally.late += 1;
        } else {
            self.effects.push((time, Effect::Sale(fact)));
        }
    }

    fn count_basket(&mut self, details: &Details, sign: i64) {
        let Some((basket, truncated)) = self.rules.baskets.basket(&details.user_id, &details.items, sign) else {
            return;
        };
        if sign > 0 {
            self.tally.baskets += 1;
            self.tally.truncated += u64::from(truncated);
        }
        self.effects.push((details.placed_at_ms, Effect::Basket(basket)));
    }

    /// Whether a settled order has been kept for as long as orders are kept. Those who count orders are told.
    pub(super) fn forgets(&mut self, order: &Order) -> bool {
        let due = order.deadline_ms.filter(|deadline| *deadline <= self.now_ms && !order.status().is_open());
        if let Some(deadline) = due {
            let change = StatusChange { from: Some(order.status()), to: None };
            self.effects.push((deadline, Effect::Status(change)));
        }
        due.is_some()
    }

    /// Keeps a deadline: while something is waited for, that of the time-out; then the one for forgetting.
    fn watch(&self, order: &mut Order, at: i64) {
        if order.status().is_open() {
            order.deadline_ms.get_or_insert_with(|| self.deadline(at, self.rules.timeout_ms));
        } else {
            order.deadline_ms = Some(self.deadline(order.updated_at_ms, self.rules.retention_ms));
        }
    }

    /// The deadline so long after `at`. Never before now: what has fallen due is looked for from where the last look ended.
    fn deadline(&self, at: i64, after_ms: i64) -> i64 {
        at.saturating_add(after_ms).max(self.now_ms.saturating_add(1))
    }

    fn moved(&mut self, from: Option<Status>, order: &Order, at: i64) {
        let to = Some(order.status());
        if from != to {
            self.effects.push((at, Effect::Status(StatusChange { from, to })));
        }
    }
}

/// What an event means to the state machine; `None` for stock events, which are about no order.
fn input(order: &Order, fact: &OrderFact) -> Option<Input> {
    Some(match fact {
        OrderFact::Order(OrderEvent::Placed(_)) => Input::Placed,
        OrderFact::Order(OrderEvent::Confirmed(_)) => Input::Confirmed,
        OrderFact::Order(OrderEvent::Cancelled(_)) => Input::Cancelled,
        OrderFact::Order(OrderEvent::Shipped(_)) => Input::Shipped,
        OrderFact::Order(OrderEvent::Delivered(_)) => Input::Delivered,
        OrderFact::Order(OrderEvent::Returned(_)) => Input::Returned,
        OrderFact::Inventory(InventoryEvent::Reserved(_)) => Input::Reserved,
        OrderFact::Inventory(InventoryEvent::Failed(_)) => Input::OutOfStock,
        OrderFact::Inventory(InventoryEvent::Released(_)) => Input::Released,
        OrderFact::Inventory(InventoryEvent::Adjusted(_) | InventoryEvent::Counted(_)) => return None,
        OrderFact::Payment(PaymentEvent::Completed(_)) => Input::Paid,
        OrderFact::Payment(PaymentEvent::Failed(_)) => Input::NotPaid,
        OrderFact::Payment(PaymentEvent::Refunded(event)) => refund_input(order, event.amount),
    })
}

/// A refund undoes the payment when nothing of what was paid remains.
fn refund_input(order: &Order, amount: Money) -> Input {
    let back = order.payment.refunded.checked_add(amount);
    let all = order.payment.paid.is_none_or(|(paid, _)| back.is_none_or(|back| back >= paid));
    if all { Input::Refunded } else { Input::PartlyRefunded }
}

/// Remembers why a leg failed, unless the order stands regardless or something else went wrong before.
fn give_reason(order: &mut Order, said: Option<Box<str>>, cause: Cause) {
    let undecided = matches!(order.saga.status, Status::AwaitingOrder | Status::Placed);
    if undecided && order.saga.inventory != LegState::Failed && order.saga.payment != LegState::Failed {
        order.reason = Some(said.unwrap_or_else(|| cause.as_str().into()));
    }
}
