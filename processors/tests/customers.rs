//! What is remembered of customers, on the driver: a record at a time, committed after each.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod common;

use std::sync::Arc;

use common::{
    DAY, MINUTE, NOON, Sent, Shop, cancelled, line, paid, placed_by, put_into_cart, reserved, returned, viewed,
};
use tillstream_processors::customers::{CUSTOMERS, CustomerValue, customer_value_serde};
use tillstream_processors::interactions::{ACTIVITY, PURCHASES, Weights};
use tillstream_stores::arc_str;

const LINES: [(&str, i32); 4] = [("10001", 2), ("10002", 1), ("POST", 1), ("10001", 3)];

fn sale(user: &str, order: &str, at: i64) -> [Sent; 3] {
    let lines = LINES.map(|(product, quantity)| line(product, "c", quantity, 10_000));
    [placed_by(user, order, at, lines.to_vec()), reserved(order, at), paid(order, at + 1)]
}

/// Products with what they count, as the weights of one store say.
fn signals(shop: &Shop, store: &str, user: &str) -> Vec<(String, f32, i64)> {
    let history = shop.history(store, user);
    let signals = history.signals(Weights { bought: 1.0, cart: 0.5, viewed: 0.25 });
    signals.into_iter().map(|signal| (signal.product_id.to_string(), signal.weight, signal.at_ms)).collect()
}

#[test]
fn a_confirmed_sale_is_remembered_once_and_a_return_takes_back() {
    let mut shop = Shop::replaying();
    let [placed, reserved, paid] = sale("u1", "1", NOON);
    shop.send(&placed);
    shop.send(&reserved);
    assert_eq!(signals(&shop, PURCHASES, "u1"), [], "not yet paid");
    shop.send(&paid);
    shop.send(&paid);
    let bought = |product: &str, weight| (product.to_owned(), weight, NOON);
    // Two lines of one product are two touches; a pair's weight is bounded when it is used.
    let all = [bought("10001", 1.0), bought("10001", 1.0), bought("10002", 1.0)];
    assert_eq!(signals(&shop, PURCHASES, "u1"), all, "postage is no product");
    shop.send(&returned("1", NOON + DAY));
    assert_eq!(signals(&shop, PURCHASES, "u1"), all[..2], "all of 10002 came back");
    assert_eq!(shop.history(PURCHASES, "u1").bought().map(|id| &**id).collect::<Vec<_>>(), ["10001"]);
}

#[test]
fn guests_and_cancelled_orders_leave_no_trace() {
    let mut shop = Shop::replaying();
    sale("guest-7", "1", NOON).iter().for_each(|sent| shop.send(sent));
    assert!(shop.history(PURCHASES, "guest-7").is_empty());
    let [placed, ..] = sale("u1", "2", NOON);
    shop.send(&placed);
    shop.send(&cancelled("2", NOON + MINUTE));
    assert!(shop.history(PURCHASES, "u1").is_empty());
    sale("u2", "3", NOON).iter().for_each(|sent| shop.send(sent));
    shop.send(&cancelled("3", NOON + 2 * MINUTE));
    assert_eq!(shop.history(PURCHASES, "u2").bought().count(), 0, "a sale that is taken back");
}

#[test]
fn views_and_carts_count_once_by_their_event_id() {
    let mut shop = Shop::replaying();
    let events = [viewed("a-1", "u1", "10001", NOON), put_into_cart("a-2", "u1", "10001", NOON + 1)];
    events.iter().chain(&events).for_each(|sent| shop.send(sent));
    shop.send(&viewed("a-3", "u1", "POST", NOON));
    let seen = [("10001".to_owned(), 0.5, NOON + 1), ("10001".to_owned(), 0.25, NOON)];
    assert_eq!(signals(&shop, ACTIVITY, "u1"), seen);
    assert!(shop.history(ACTIVITY, "u2").is_empty());
}

fn value(shop: &Shop, user: &str) -> Option<CustomerValue> {
    let row = shop.0.state().reader().snapshot(|snapshot| {
        let view = snapshot.key_value_view(CUSTOMERS, arc_str(), customer_value_serde()).unwrap();
        view.get(&Arc::from(user)).unwrap()
    });
    row.unwrap().map(|row| row.value)
}

#[test]
fn a_customers_worth_is_what_she_bought_and_kept() {
    let mut shop = Shop::replaying();
    let [placed, reserved, paid] = sale("u1", "1", NOON);
    shop.send_all([&placed, &reserved]);
    assert_eq!(value(&shop, "u1"), None, "not yet paid");
    shop.send_all([&paid, &paid]);
    sale("u1", "2", NOON + MINUTE).iter().for_each(|sent| shop.send(sent));
    let net = |value: &CustomerValue| value.spent.values().next().unwrap().net().unwrap().to_string();
    let all = value(&shop, "u1").unwrap();
    // Seven units of one pound each, postage included.
    assert_eq!((all.orders, net(&all).as_str(), all.last_purchase_ms()), (2, "14.00", Some(NOON + MINUTE)));
    shop.send(&returned("1", NOON + 2 * MINUTE));
    shop.send(&cancelled("2", NOON + 3 * MINUTE));
    let left = value(&shop, "u1").unwrap();
    assert_eq!((left.orders, left.returns, net(&left).as_str()), (1, 1, "6.00"));
    assert_eq!((left.first_ms, left.last_purchase_ms()), (Some(NOON), Some(NOON)), "the cancelled purchase is none");
    sale("guest-7", "3", NOON).iter().for_each(|sent| shop.send(sent));
    assert_eq!(value(&shop, "guest-7"), None);
}
