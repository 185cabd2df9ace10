//! Money through the whole topology: exact, counted once, the same in windows of every size.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod common;

use common::{DAY, HOUR, MINUTE, NOON, Sent, Shop, line, paid, placed, placed_by, reserved, returned};
use proptest::prelude::*;
use tillstream_models::events::Money;
use tillstream_processors::revenue::{Dimension, Figures, Granularity, PublishedTotal};

fn confirmed(order: &str, at: i64, quantity: i32, units: i64) -> Vec<Sent> {
    let items = vec![line("10001", "lighting", quantity, units), line("10002", "garden", 1, 1)];
    vec![placed_by("u1", order, at, items), reserved(order, at + 1), paid(order, at + 2)]
}

/// Every store tells the same totals.
fn assert_consistent(shop: &Shop) -> Figures {
    let total = shop.sum(Granularity::Hour, Dimension::Total);
    for granularity in [Granularity::Minute, Granularity::Day] {
        assert_eq!(shop.sum(granularity, Dimension::Total), total, "{granularity:?}");
    }
    for dimension in Dimension::PARTS {
        for granularity in [Granularity::Hour, Granularity::Day] {
            let sum = shop.sum(granularity, dimension);
            assert_eq!((sum.gross, sum.refunds), (total.gross, total.refunds), "{dimension:?} {granularity:?}");
            assert_eq!(
                (sum.units, sum.refunded_units),
                (total.units, total.refunded_units),
                "{dimension:?} {granularity:?}"
            );
        }
    }
    total
}

#[test]
fn prices_below_a_penny_are_not_lost() {
    let mut shop = Shop::replaying();
    for order in 0..4 {
        // Four lines of 0.001, and four of 0.0001.
        shop.send_all(&confirmed(&order.to_string(), NOON + order * MINUTE, 1, 10));
    }
    let total = assert_consistent(&shop);
    assert_eq!((total.gross.to_string().as_str(), total.orders, total.units), ("0.0044", 4, 8));
}

#[test]
fn an_hour_is_open_until_its_grace_is_over_and_then_for_no_window_any_more() {
    let mut shop = Shop::replaying();
    shop.send_all(&confirmed("1", NOON, 1, 100));
    // 13:59:59.999 is within the grace of the hour that ends at 13:00 …
    shop.send(&placed("clock", NOON + 2 * HOUR - 10));
    shop.send_all(&confirmed("2", NOON + 10 * MINUTE, 1, 100));
    assert_eq!(assert_consistent(&shop).orders, 2);
    // … 14:00 is not, although the day is still open.
    shop.send(&placed("clock2", NOON + 2 * HOUR));
    let dropped = shop.0.dropped_records();
    shop.send_all(&confirmed("3", NOON + 20 * MINUTE, 1, 100));
    assert_eq!(assert_consistent(&shop).orders, 2);
    assert_eq!(shop.0.dropped_records(), dropped + 1);
    // The customer's order is confirmed all the same.
    assert!(shop.order("3").unwrap().saga.sold);
}

#[test]
fn a_time_out_after_a_quiet_night_is_not_late() {
    let mut shop = Shop::replaying();
    shop.send(&placed("1", NOON));
    shop.send(&placed("2", NOON + DAY));
    assert_eq!(assert_consistent(&shop).cancellations, 1);
}

#[test]
fn totals_are_published_with_decimal_amounts() {
    let mut shop = Shop::replaying();
    shop.send_all(&confirmed("1", NOON, 6, 25_500));
    shop.send(&returned("C1", NOON + MINUTE));
    let published = shop.0.read("revenue-by-hour");
    let last = published.last().unwrap();
    assert_eq!(last.key.as_deref(), Some(&b"GBP\0\0\x01\x2c\xa1\xcd\xae\0"[..]));
    let total: PublishedTotal = serde_json::from_slice(last.value.as_deref().unwrap()).unwrap();
    assert_eq!(total.window_start, "2010-12-01T12:00:00Z");
    assert_eq!((total.gross_revenue, total.refunds), (Money::from_units(153_001), Money::from_units(10_000)));
    let json = std::str::from_utf8(last.value.as_deref().unwrap()).unwrap();
    assert!(json.contains(r#""revenue":"14.3001""#), "{json}");
    assert_eq!(shop.0.read("revenue-by-day").len(), published.len());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever comes in whatever order within the grace: the same totals, and every store tells them.
    #[test]
    fn the_order_of_records_within_the_grace_does_not_matter(
        orders in prop::collection::vec((0..50_i64, 1..9_i32, 1..50_000_i64, any::<bool>()), 1..12),
        seed in any::<u64>(),
    ) {
        let mut events: Vec<Sent> = Vec::new();
        for (number, (minute, quantity, units, back)) in orders.iter().enumerate() {
            // A quarter of an hour in all: nobody's time runs out and no hour closes.
            let at = NOON + minute * 15_000;
            events.extend(confirmed(&number.to_string(), at, *quantity, *units));
            if *back {
                events.push(returned(&format!("C{number}"), at + 5));
            }
        }
        let expected: i64 = orders.iter().map(|(_, quantity, units, _)| i64::from(*quantity) * units + 1).sum();
        let mut sorted = Shop::replaying();
        events.sort_by_key(|event| event.at);
        sorted.send_all(&events);
        let mut shuffled = Shop::replaying();
        shuffle(&mut events, seed);
        shuffled.send_all(&events);
        let total = assert_consistent(&sorted);
        prop_assert_eq!(total.gross.units(), expected);
        prop_assert_eq!(assert_consistent(&shuffled), total);
        for dimension in Dimension::PARTS {
            let rows = |shop: &Shop| shop.windows(Granularity::Hour, dimension);
            prop_assert_eq!(rows(&shuffled), rows(&sorted));
        }
    }
}

/// Fisher-Yates with a small generator, so that the case a failure prints can be run again.
fn shuffle<T>(items: &mut [T], mut seed: u64) {
    for place in (1..items.len()).rev() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        items.swap(place, usize::try_from(seed >> 33).unwrap() % (place + 1));
    }
}
