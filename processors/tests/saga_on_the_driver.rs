//! Orders through the whole topology, one record at a time.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod common;

use common::{
    DAY, HOUR, MINUTE, NOON, Sent, Shop, cancelled, not_paid, paid, placed, refunded, reserved, returned, sent,
};
use tillstream_models::events::{
    Compensation, Envelope, Event, LegState, Money, Notification, OrderEvent, OrderUpdate, PaymentEvent, PaymentFailed,
};
use tillstream_processors::order_saga::Leg;
use tillstream_processors::revenue::{Dimension, Figures, Granularity};
use tillstream_processors::{ShopSettings, Status};
use tillstream_topology::driver::DriverError;

fn confirmed_order(order: &str, at: i64) -> [Sent; 3] {
    [placed(order, at), reserved(order, at + 1_000), paid(order, at + 2_000)]
}

#[test]
fn an_order_is_confirmed_when_both_legs_came_and_everybody_hears() {
    let mut shop = Shop::replaying();
    shop.send_all(&confirmed_order("1", NOON));
    let updates = shop.written::<OrderUpdate>();
    let [(key, at, OrderUpdate::Confirmed(update))] = &*updates else { panic!("{updates:?}") };
    assert_eq!((key.as_str(), *at), ("1", NOON + 2_000));
    assert_eq!((&*update.user_id, update.total), ("u1", Money::from_units(61_000)));
    assert_eq!((update.legs.inventory, update.legs.payment), (LegState::Succeeded, LegState::Succeeded));
    let notices = shop.written::<Notification>();
    assert!(matches!(&*notices, [(user, _, Notification::OrderConfirmed(_))] if user == "u1"), "{notices:?}");
    assert_eq!(shop.written::<Compensation>(), []);
    assert_eq!(shop.order("1").unwrap().status(), Status::Confirmed);
}

#[test]
fn a_failed_payment_cancels_and_gives_the_reservation_back_once() {
    for events in [
        [placed("1", NOON), reserved("1", NOON + 1), not_paid("1", NOON + 2)],
        [not_paid("1", NOON), reserved("1", NOON + 1), placed("1", NOON + 2)],
        [placed("1", NOON), not_paid("1", NOON + 1), reserved("1", NOON + 2)],
    ] {
        let mut shop = Shop::replaying();
        shop.send_all(&events);
        let updates = shop.written::<OrderUpdate>();
        let [(_, _, OrderUpdate::Cancelled(update))] = &*updates else { panic!("{updates:?}") };
        assert_eq!(update.reason.as_deref(), Some("card declined"));
        let compensations = shop.written::<Compensation>();
        let [(_, _, Compensation::ReleaseInventory(release))] = &*compensations else { panic!("{compensations:?}") };
        // The reservation did not say what it holds: all of the order.
        assert_eq!(release.items.iter().map(|item| item.quantity).sum::<i32>(), 3);
        assert_eq!(&*release.cause, "card declined");
    }
}

#[test]
fn the_time_runs_out_at_the_deadline_and_late_legs_are_undone() {
    let mut shop = Shop::replaying();
    shop.send_all(&[placed("1", NOON), paid("1", NOON + MINUTE), placed("2", NOON + 29 * MINUTE)]);
    assert_eq!(shop.written::<OrderUpdate>(), []);
    // Any later record shows that the time is over.
    shop.send(&paid("2", NOON + 40 * MINUTE));
    let updates = shop.written::<OrderUpdate>();
    let [(key, at, OrderUpdate::Cancelled(update))] = &*updates else { panic!("{updates:?}") };
    assert_eq!((key.as_str(), *at, update.reason.as_deref()), ("1", NOON + 30 * MINUTE, Some("timed out")));
    let compensations = shop.written::<Compensation>();
    let [(_, _, Compensation::RefundPayment(refund))] = &*compensations else { panic!("{compensations:?}") };
    assert_eq!((refund.amount, refund.payment_id.as_deref()), (Money::from_units(61_000), Some("pay-1")));
    shop.send(&reserved("1", NOON + 41 * MINUTE));
    assert!(matches!(&*shop.written::<Compensation>(), [(_, _, Compensation::ReleaseInventory(_))]));
    let legs: Vec<Leg> = shop.order("1").unwrap().compensations.iter().map(|sent| sent.leg).collect();
    assert_eq!(legs, [Leg::Payment, Leg::Inventory]);
    assert_eq!(shop.order("2").unwrap().status(), Status::Placed);
}

#[test]
fn the_wall_clock_ends_the_wait_when_nothing_comes_any_more() {
    let mut shop = Shop::new(&ShopSettings::default());
    shop.send_all(&[placed("1", NOON), paid("1", NOON + 1)]);
    shop.0.advance_wall_clock(40 * MINUTE).unwrap();
    assert_eq!(shop.written::<OrderUpdate>(), [], "records may wait to be read");
    shop.0.set_inputs_idle(true);
    shop.0.advance_wall_clock(MINUTE).unwrap();
    let updates = shop.written::<OrderUpdate>();
    let [(_, at, OrderUpdate::Cancelled(update))] = &*updates else { panic!("{updates:?}") };
    assert_eq!((*at, update.reason.as_deref()), (NOON + 30 * MINUTE, Some("timed out")));
    assert!(matches!(&*shop.written::<Compensation>(), [(_, _, Compensation::RefundPayment(_))]));
    // An order that was under way meanwhile has its own time still, and is found when that is over.
    shop.0.set_inputs_idle(false);
    shop.send(&placed("2", NOON + 5 * MINUTE));
    shop.send(&paid("3", NOON + 36 * MINUTE));
    assert!(matches!(&*shop.written::<OrderUpdate>(), [(order, _, OrderUpdate::Cancelled(_))] if order == "2"));
}

#[test]
fn a_replay_knows_no_wall_clock() {
    let mut shop = Shop::replaying();
    shop.send(&placed("1", NOON));
    shop.0.set_inputs_idle(true);
    shop.0.advance_wall_clock(DAY).unwrap();
    assert_eq!(shop.written::<OrderUpdate>(), []);
}

#[test]
fn a_leg_behind_the_deadline_does_not_save_the_order_it_belongs_to() {
    // The leg itself is the record that shows that the time is over: the time-out comes first.
    let mut shop = Shop::replaying();
    shop.send_all(&[placed("1", NOON), paid("1", NOON + 1), reserved("1", NOON + 30 * MINUTE)]);
    assert_eq!(shop.order("1").unwrap().status(), Status::Cancelled);
    assert_eq!(shop.written::<Compensation>().len(), 2);
}

#[test]
fn legs_without_an_order_wait_and_are_undone() {
    let mut shop = Shop::replaying();
    shop.send_all(&[paid("1", NOON), paid("2", NOON + 31 * MINUTE)]);
    assert_eq!(shop.order("1").unwrap().status(), Status::Orphaned);
    assert!(matches!(&*shop.written::<Compensation>(), [(key, _, Compensation::RefundPayment(_))] if key == "1"));
    shop.send(&placed("1", NOON + 32 * MINUTE));
    assert!(matches!(&*shop.written::<OrderUpdate>(), [(_, _, OrderUpdate::Cancelled(_))]));
    assert_eq!(shop.written::<Compensation>(), []);
}

#[test]
fn a_repeat_is_dropped_and_a_conflict_is_refused() {
    let mut shop = Shop::replaying();
    let payment = paid("1", NOON + 1);
    shop.send_all(&[placed("1", NOON), payment.clone(), payment]);
    assert_eq!(shop.0.dropped_records(), 1);
    let order = shop.order("1").unwrap();
    assert_eq!((order.illegal, order.saga.payment), (0, LegState::Succeeded));
    let envelope = Envelope::new("p-1", NOON + 2);
    let other = sent(&PaymentEvent::Failed(PaymentFailed { envelope, order_id: "1".into(), reason: None }));
    assert_eq!(class(shop.try_send(&other)), "conflicting_duplicate");
    assert_eq!(shop.order("1").unwrap(), order, "the first one stands");
}

#[test]
fn what_makes_no_sense_changes_nothing_and_is_counted() {
    let mut shop = Shop::replaying();
    shop.send_all(&confirmed_order("1", NOON));
    shop.written::<OrderUpdate>();
    let again = Sent {
        payload: String::from_utf8(placed("1", NOON).payload).unwrap().replace("o-1", "o-1b").into(),
        ..placed("1", NOON)
    };
    shop.send(&again);
    let order = shop.order("1").unwrap();
    assert_eq!((order.status(), order.illegal), (Status::Confirmed, 1));
    assert_eq!(shop.written::<OrderUpdate>(), []);
}

#[test]
fn records_under_a_wrong_key_or_out_of_time_are_refused() {
    let mut shop = Shop::new(&ShopSettings::default());
    let wrong = Sent { key: "2".to_owned(), ..placed("1", NOON) };
    assert_eq!(class(shop.try_send(&wrong)), "key_mismatch");
    for at in [NOON + 11 * MINUTE, NOON - 401 * DAY, NOON / 1_000] {
        assert_eq!(class(shop.try_send(&placed("1", at))), "timestamp_out_of_range");
    }
    assert_eq!(shop.order("1"), None);
    shop.send(&placed("1", NOON - 399 * DAY));
}

#[test]
fn a_return_of_an_order_nobody_knows_is_a_refund_at_its_own_time() {
    for events in [[returned("C1", NOON), refunded("C1", NOON)], [refunded("C1", NOON), returned("C1", NOON)]] {
        let mut shop = Shop::replaying();
        shop.send_all(&events);
        shop.send(&placed("2", NOON + HOUR));
        assert_eq!(shop.order("C1").unwrap().status(), Status::ReturnOnly);
        let expected = Figures { refunds: Money::from_units(10_000), refunded_units: 1, ..Figures::default() };
        assert_eq!(shop.sum(Granularity::Hour, Dimension::Total), expected);
        assert_eq!(shop.written::<Compensation>(), []);
    }
}

#[test]
fn a_confirmed_order_that_is_cancelled_is_taken_back_at_that_time() {
    let mut shop = Shop::replaying();
    shop.send_all(&confirmed_order("1", NOON));
    shop.send(&cancelled("1", NOON + 3 * HOUR));
    let hours = shop.windows(Granularity::Hour, Dimension::Total);
    let by_start: Vec<(i64, Figures)> = hours.into_iter().map(|(key, figures)| (key.window.start, figures)).collect();
    let sum = Money::from_units(61_000);
    assert_eq!(
        by_start,
        [
            (NOON, Figures { gross: sum, units: 3, orders: 1, ..Figures::default() }),
            (NOON + 3 * HOUR, Figures { refunds: sum, refunded_units: 3, cancellations: 1, ..Figures::default() }),
        ]
    );
    assert_eq!(shop.written::<Compensation>().len(), 2);
}

#[test]
fn settled_orders_are_forgotten_after_the_retention_and_counted_no_more() {
    let mut shop = Shop::replaying();
    shop.send_all(&confirmed_order("1", NOON));
    shop.send(&placed("2", NOON + 400 * DAY));
    assert_eq!(shop.order("1").unwrap().status(), Status::Confirmed, "its last event is two seconds younger");
    shop.send(&paid("2", NOON + 400 * DAY + MINUTE));
    assert_eq!(shop.order("1"), None);
    assert_eq!(shop.orders_by_status(), [("confirmed".to_owned(), 0), ("placed".to_owned(), 1)]);
}

#[test]
fn decoding_faults_have_the_class_of_the_event_error() {
    let mut shop = Shop::replaying();
    let broken = |payload: &[u8]| Sent { payload: payload.to_vec(), ..placed("1", NOON) };
    assert_eq!(class(shop.try_send(&broken(b"{"))), "invalid_json");
    assert_eq!(
        class(shop.try_send(&broken(br#"{"type":"OrderTeleported","eventId":"x","orderId":"1"}"#))),
        "unknown_type"
    );
    assert_eq!(OrderEvent::TOPIC, "orders");
}

fn class(outcome: Result<(), DriverError>) -> &'static str {
    match outcome {
        Err(DriverError::Process(error)) => error.class(),
        other => panic!("{other:?}"),
    }
}
