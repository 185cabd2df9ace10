//! Visits and how far they get, on the driver: a record at a time, committed after each.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod common;

use common::{HOUR, MINUTE, NOON, Shop, checked_out, put_into_cart, viewed};
use tillstream_processors::visits::{FUNNEL, Funnel, VISITS, Visit, funnel_serde, visit_serde};
use tillstream_stores::{arc_str, i64_be};

fn visits(shop: &Shop, user: &str) -> Vec<(i64, i64, Visit)> {
    let rows = shop.0.state().reader().snapshot(|snapshot| {
        let view = snapshot.session_view(VISITS, arc_str(), visit_serde()).unwrap();
        view.fetch(&user.into(), 0, i64::MAX, usize::MAX).unwrap()
    });
    rows.unwrap()
        .into_iter()
        .map(|(visit, row)| (visit.window.start - NOON, visit.window.end - NOON, row.value))
        .collect()
}

fn funnel(shop: &Shop, hour: i64) -> Funnel {
    let row = shop.0.state().reader().snapshot(|snapshot| {
        let view = snapshot.key_value_view(FUNNEL, i64_be(), funnel_serde()).unwrap();
        view.get(&hour).unwrap()
    });
    row.unwrap().map(|row| row.value).unwrap_or_default()
}

fn reached(visits: i64, viewed: i64, added_to_cart: i64, checked_out: i64) -> Funnel {
    Funnel { visits, viewed, added_to_cart, checked_out }
}

#[test]
fn a_visit_goes_on_until_its_visitor_pauses_and_counts_once_in_each_stage() {
    let mut shop = Shop::replaying();
    shop.send(&viewed("a-1", "u1", "10001", NOON));
    shop.send(&viewed("a-1", "u1", "10001", NOON));
    shop.send(&viewed("a-2", "u1", "10002", NOON + 10 * MINUTE));
    assert_eq!(funnel(&shop, NOON), reached(1, 1, 0, 0));
    shop.send(&put_into_cart("a-3", "u1", "10002", NOON + 40 * MINUTE));
    shop.send(&checked_out("a-4", "u1", NOON + 41 * MINUTE));
    assert_eq!(funnel(&shop, NOON), reached(1, 1, 1, 1));
    // After more than the gap it is another visit, of the hour it begins in.
    shop.send(&viewed("a-5", "u1", "10001", NOON + 72 * MINUTE));
    shop.send(&viewed("a-6", "u2", "10001", NOON + 73 * MINUTE));
    assert_eq!(funnel(&shop, NOON + HOUR), reached(2, 2, 0, 0));
    let first = Visit { viewed: 2, added_to_cart: 1, checked_out: 1, ..Visit::default() };
    let second = Visit { viewed: 1, ..Visit::default() };
    let all = [(0, 41 * MINUTE, first), (72 * MINUTE, 72 * MINUTE, second)];
    assert_eq!(visits(&shop, "u1"), all);
}

#[test]
fn a_late_event_makes_one_visit_of_two_and_the_funnel_follows() {
    let mut shop = Shop::replaying();
    shop.send(&viewed("a-1", "u1", "10001", NOON + 50 * MINUTE));
    shop.send(&put_into_cart("a-2", "u1", "10001", NOON + 90 * MINUTE));
    assert_eq!((funnel(&shop, NOON), funnel(&shop, NOON + HOUR)), (reached(1, 1, 0, 0), reached(1, 0, 1, 0)));
    shop.send(&viewed("a-3", "u1", "10002", NOON + 70 * MINUTE));
    assert_eq!((funnel(&shop, NOON), funnel(&shop, NOON + HOUR)), (reached(1, 1, 1, 0), Funnel::default()));
    let whole = Visit { viewed: 2, added_to_cart: 1, ..Visit::default() };
    assert_eq!(visits(&shop, "u1"), [(50 * MINUTE, 90 * MINUTE, whole)]);
}
