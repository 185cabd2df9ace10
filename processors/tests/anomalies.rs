//! Hours that stand out, on the driver: a record at a time, committed after each.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod common;

use common::{DAY, HOUR, MINUTE, NOON, Sent, Shop, paid, placed, reserved};
use tillstream_models::events::{Anomaly, Notification};

const WEEK: i64 = 7 * DAY;

fn orders(week: i64, count: i64) -> Vec<Sent> {
    let order = |number: i64| {
        let (id, at) = (format!("{week}-{number}"), NOON + week * WEEK + number * 10);
        [placed(&id, at), reserved(&id, at + 1), paid(&id, at + 2)]
    };
    (0..count).flat_map(order).collect()
}

fn alerts(shop: &mut Shop) -> Vec<Anomaly> {
    let notices = shop.written::<Notification>().into_iter();
    notices
        .filter_map(|(_, _, notice)| if let Notification::Anomaly(anomaly) = notice { Some(anomaly) } else { None })
        .collect()
}

#[test]
fn a_rush_and_a_silence_are_told_once_when_the_hour_is_final() {
    let mut shop = Shop::replaying();
    for week in 0..8 {
        shop.send_all(&orders(week, 25));
    }
    assert_eq!(alerts(&mut shop), []);
    shop.send_all(&orders(8, 60));
    assert_eq!(alerts(&mut shop), [], "the hour still takes late sales");
    shop.send(&placed("next", NOON + 8 * WEEK + 3 * HOUR));
    let told = alerts(&mut shop);
    let rush: Vec<_> = told.iter().map(|told| (&*told.metric, told.value, told.expected, told.score)).collect();
    assert_eq!(rush, [("orders-GBP", 60.0, 25.0, 7.0), ("revenue-GBP", 366.0, 152.5, 5.6)]);
    assert!(told.iter().all(|anomaly| anomaly.window_start_ms == NOON + 8 * WEEK));
    // Nothing was sold in the week after. Its hour is missed once it is over, not before.
    shop.send(&placed("late", NOON + 9 * WEEK + 30 * MINUTE));
    assert_eq!(alerts(&mut shop), []);
    shop.send(&placed("later", NOON + 9 * WEEK + 3 * HOUR));
    let told = alerts(&mut shop);
    let missed: Vec<_> = told.iter().map(|told| (&*told.metric, told.value, told.score <= -4.0)).collect();
    assert_eq!(missed, [("orders-GBP", 0.0, true), ("revenue-GBP", 0.0, true)], "{told:?}");
}
