//! The answers, read while the application runs on an embedded log with several partitions.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use common::{
    DAY, HOUR, MINUTE, NOON, Sent, adjusted, cancelled, counted, line, paid, placed, placed_by, put_into_cart,
    refunded, reserved, returned, viewed,
};
use tillstream_models::events::{Currency, Money};
use tillstream_processors::best_sellers::{RankBy, RankingQuery};
use tillstream_processors::revenue::{By, Dimension, Granularity, Metric, MetricQuery, Point, Value};
use tillstream_processors::{Answers, OrderFilter, ReadError, ShopSettings, Status, shop};
use tillstream_runtime::log::embedded::{EmbeddedLog, EmbeddedOptions};
use tillstream_runtime::log::{Append, CleanupPolicy, Log, TopicSpec};
use tillstream_runtime::metrics::EngineMetrics;
use tillstream_runtime::partitioner::partition_for;
use tillstream_runtime::{Application, Options, SystemClock};
use tillstream_stores::Headers;
use tillstream_stores::rocks::Resources;

const PARTITIONS: u32 = 3;

/// A shop at work, with everything sent processed.
struct Shop {
    answers: Answers,
    application: Application,
    _directory: tempfile::TempDir,
}

impl Shop {
    fn after(events: &[Sent]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let log =
            EmbeddedLog::open(&directory.path().join("log"), EmbeddedOptions::default(), Resources::default()).unwrap();
        let settings = ShopSettings { replay: true, ..ShopSettings::default() };
        log.create_topics(&specs(&settings)).unwrap();
        publish(&log, events);
        let topology = shop::topology(&settings).unwrap();
        let metrics = EngineMetrics::new(&prometheus::Registry::new()).unwrap();
        let options = Options { commit_interval_ms: 20, poll_ms: 5, ..Options::default() };
        let log: Arc<dyn Log> = Arc::new(log);
        let application =
            Application::start(&topology, log, Resources::default(), Arc::new(SystemClock), metrics, options).unwrap();
        let answers = Answers::new(application.query().clone(), settings);
        let shop = Self { answers, application, _directory: directory };
        shop.settle();
        shop
    }

    fn settle(&self) {
        for _ in 0..3_000 {
            if self.application.pending().unwrap() == 0 && self.answers.orders_by_status().is_ok() {
                return;
            }
            std::thread::park_timeout(Duration::from_millis(10));
        }
        panic!("not processed within half a minute: {:?}", self.application.state());
    }

    fn metric(&self, metric: Metric, granularity: Granularity, by: By) -> Vec<Point> {
        let query = MetricQuery { metric, granularity, from_ms: 0, to_ms: i64::MAX, by, currency: None };
        self.answers.metric(&query).unwrap()
    }
}

fn specs(settings: &ShopSettings) -> Vec<TopicSpec> {
    let policy =
        |compacted| if compacted { CleanupPolicy::Compact } else { CleanupPolicy::Delete { retention_ms: None } };
    let spec = |topic: shop::ShopTopic| TopicSpec {
        policy: policy(topic.compacted),
        name: topic.name.into(),
        partitions: PARTITIONS,
    };
    shop::topics(settings).into_iter().map(spec).collect()
}

fn publish(log: &EmbeddedLog, events: &[Sent]) {
    let mut writer = log.writer("test").unwrap();
    for event in events {
        let append = Append {
            topic: &Arc::from(event.topic),
            partition: partition_for(event.key.as_bytes(), PARTITIONS),
            key: Some(event.key.as_bytes()),
            value: Some(&event.payload),
            timestamp: event.at,
            headers: &Headers::default(),
        };
        writer.append(append).unwrap();
    }
    writer.commit().unwrap();
}

/// Three days of a small shop.
fn history() -> Vec<Sent> {
    let mut events = Vec::new();
    for number in 0..30 {
        let at = NOON + number * 2 * HOUR;
        let order = format!("{number:03}");
        let items = vec![line("10001", "lighting", 2, 25_500), line("10002", "garden", 1, 10_000)];
        events.extend([
            placed_by(&format!("u{}", number % 3), &order, at, items),
            reserved(&order, at + 1),
            paid(&order, at + 2),
        ]);
    }
    let end = NOON + 60 * HOUR;
    events.extend([returned("C1", end), refunded("C1", end + 1), placed("open", end + 2), cancelled("029", end + 3)]);
    events.extend([
        counted("s1", "10001", 100, NOON),
        adjusted("s2", "10001", -6, end),
        adjusted("s2", "10001", -6, end),
    ]);
    events.sort_by_key(|event| event.at);
    events
}

#[test]
fn orders_are_found_listed_and_counted() {
    let shop = Shop::after(&history());
    let order = shop.answers.order("000").unwrap().unwrap();
    assert_eq!((order.status(), order.details.unwrap().total), (Status::Confirmed, Money::from_units(61_000)));
    assert_eq!(shop.answers.order("nobody").unwrap(), None);
    let counts = shop.answers.orders_by_status().unwrap();
    let expected = [(Status::Confirmed, 29), (Status::Cancelled, 1), (Status::Placed, 1), (Status::ReturnOnly, 1)];
    assert_eq!(counts, BTreeMap::from(expected));

    let filter = OrderFilter { status: Some(Status::Confirmed), user_id: Some("u1".to_owned()) };
    let (mut listed, mut after) = (Vec::new(), None::<Arc<str>>);
    loop {
        let page = shop.answers.orders(&filter, after.as_deref(), 4).unwrap();
        listed.extend(page.orders.into_iter().map(|(id, _)| id.to_string()));
        after = page.after;
        if after.is_none() {
            break;
        }
    }
    let expected: Vec<String> = (0..30).filter(|number| number % 3 == 1).map(|number| format!("{number:03}")).collect();
    assert_eq!(listed, expected);
}

#[test]
fn the_funnel_counts_visits_and_orders_and_conversion_is_their_ratio() {
    let mut events = history();
    events.extend((0..8).map(|visitor| viewed(&format!("v{visitor}"), &format!("u{visitor}"), "10001", NOON)));
    events.push(put_into_cart("c1", "u1", "10001", NOON + 1));
    events.push(viewed("late", "u1", "10001", NOON + 2 * HOUR));
    events.sort_by_key(|event| event.at);
    let shop = Shop::after(&events);
    let hours = shop.answers.funnel(Granularity::Hour, NOON, NOON + 3 * HOUR).unwrap();
    let seen: Vec<_> = hours.iter().map(|hour| (hour.start_ms - NOON, hour.funnel.visits, hour.orders)).collect();
    assert_eq!(seen, [(0, 8, 1), (2 * HOUR, 1, 1)]);
    assert_eq!((hours[0].funnel.viewed, hours[0].funnel.added_to_cart, hours[0].is_final), (8, 1, true));
    let conversion = shop.metric(Metric::Conversion, Granularity::Day, By::Part(Dimension::Total));
    // Half a day from noon, an order every two hours.
    assert_eq!(conversion[0].value, Value::Ratio { part: 6, of: 9 });
    let late = shop.answers.funnel(Granularity::Hour, NOON + 1, NOON + 2 * HOUR + 1).unwrap();
    assert_eq!(late, hours[1..]);
    assert_eq!(shop.answers.funnel(Granularity::Hour, i64::MIN, NOON + 3 * HOUR).unwrap()[0], hours[0]);
    let day = shop.answers.funnel(Granularity::Day, 0, i64::MAX).unwrap();
    assert_eq!((day[0].funnel.visits, day[0].orders), (9, 6));
    assert!(shop.answers.funnel(Granularity::Minute, 0, i64::MAX).is_err());
}

#[test]
fn metrics_add_up_over_granularities_and_parts() {
    let shop = Shop::after(&history());
    let amount = |point: &Point| match point.value {
        Value::Money(money) => money.units(),
        Value::Count(count) => count,
        Value::Ratio { .. } => panic!("{point:?}"),
    };
    let sum = |metric, granularity, by| shop.metric(metric, granularity, by).iter().map(amount).sum::<i64>();
    let total = By::Part(Dimension::Total);
    for granularity in [Granularity::Minute, Granularity::Hour, Granularity::Day, Granularity::Month] {
        assert_eq!(sum(Metric::GrossRevenue, granularity, total), 30 * 61_000, "{granularity:?}");
        assert_eq!(sum(Metric::Refunds, granularity, total), 61_000 + 10_000, "{granularity:?}");
        assert_eq!(sum(Metric::Revenue, granularity, total), 29 * 61_000 - 10_000, "{granularity:?}");
        assert_eq!(sum(Metric::Orders, granularity, total), 30, "{granularity:?}");
        assert_eq!(sum(Metric::Units, granularity, total), 90, "{granularity:?}");
        assert_eq!(sum(Metric::Cancellations, granularity, total), 1, "{granularity:?}");
    }
    for dimension in Dimension::PARTS {
        assert_eq!(
            sum(Metric::Revenue, Granularity::Month, By::Part(dimension)),
            29 * 61_000 - 10_000,
            "{dimension:?}"
        );
    }
    let average = shop.metric(Metric::AverageOrderValue, Granularity::Month, total);
    assert_eq!(average[0].value, Value::Money(Money::from_units(61_000)));
    let days = shop.metric(Metric::Orders, Granularity::Day, total);
    let counts: Vec<i64> = days.iter().map(amount).collect();
    assert_eq!(counts, [6, 12, 12, 0], "the last day has a return and a cancellation only");
    assert_eq!(
        days.iter().map(|day| day.start_ms).collect::<Vec<_>>(),
        (0..4).map(|day| NOON - 12 * HOUR + day * DAY).collect::<Vec<_>>()
    );
    let by_status = shop.metric(Metric::Orders, Granularity::Day, By::Status);
    assert_eq!(by_status.iter().map(amount).sum::<i64>(), 32);
}

#[test]
fn windows_are_selected_by_their_start_and_final_behind_the_grace() {
    let shop = Shop::after(&history());
    let query = MetricQuery {
        metric: Metric::Orders,
        granularity: Granularity::Hour,
        from_ms: NOON + 1,
        to_ms: NOON + 4 * HOUR,
        by: By::Part(Dimension::Total),
        currency: Some(Currency::GBP),
    };
    let points = shop.answers.metric(&query).unwrap();
    assert_eq!(points.iter().map(|point| point.start_ms).collect::<Vec<_>>(), [NOON + 2 * HOUR]);
    assert!(points[0].is_final);
    let in_euros = MetricQuery { currency: Some(Currency::EUR), ..query };
    assert_eq!(shop.answers.metric(&in_euros).unwrap(), []);
    let last = shop.metric(Metric::Refunds, Granularity::Hour, By::Part(Dimension::Total));
    assert!(!last.last().unwrap().is_final);
    let minutes_by_product =
        MetricQuery { granularity: Granularity::Minute, by: By::Part(Dimension::Product), ..query };
    assert!(matches!(
        shop.answers.metric(&minutes_by_product),
        Err(ReadError::Invalid { parameter: "granularity", .. })
    ));
}

#[test]
fn best_sellers_are_of_the_window_and_of_the_category() {
    let shop = Shop::after(&history());
    let query = RankingQuery { window_ms: DAY, by: RankBy::Units, currency: None };
    let top = shop.answers.top_products(query, None, 10).unwrap().products;
    assert_eq!(
        top.iter().map(|ranked| (&*ranked.product_id, ranked.units)).collect::<Vec<_>>(),
        [("10001", 22), ("10002", 11)]
    );
    assert_eq!(&*top[0].label.as_ref().unwrap().name, "name of 10001");
    let garden = shop.answers.top_products(query, Some("garden"), 10).unwrap().products;
    assert_eq!(garden.iter().map(|ranked| &*ranked.product_id).collect::<Vec<_>>(), ["10002"]);
    let by_revenue =
        shop.answers.top_products(RankingQuery { by: RankBy::Revenue, window_ms: 100 * DAY, ..query }, None, 1);
    assert_eq!(by_revenue.unwrap().products[0].revenue, Some((Money::from_units(29 * 51_000), Currency::GBP)));
    assert!(shop.answers.top_products(RankingQuery { window_ms: 0, ..query }, None, 1).is_err());
}

#[test]
fn stock_is_what_was_counted_and_adjusted_once() {
    let shop = Shop::after(&history());
    let stock = shop.answers.stock("10001").unwrap().unwrap();
    assert_eq!((stock.level, stock.adjustments), (94, 1));
    assert_eq!(shop.answers.stock("10002").unwrap(), None);
    assert_eq!(shop.answers.stock_levels(Some(95), None, 10).unwrap().products.len(), 1);
    assert_eq!(shop.answers.stock_levels(Some(94), None, 10).unwrap().products, []);
    assert_eq!(shop.application.query().ledger()["inventory"].duplicate, 1);
}

/// Baskets of 1 to 250 of 1,500 products, made by a small generator.
fn baskets() -> Vec<Vec<String>> {
    let mut seed = 7_u64;
    let mut next = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let mut baskets = Vec::new();
    for number in 0..60 {
        let size = if number % 10 == 0 { 250 } else { 1 + next(30) };
        let products: BTreeSet<String> = (0..size).map(|_| (10_000 + next(1_500)).to_string()).collect();
        baskets.push(products.into_iter().collect());
    }
    baskets
}

#[test]
fn pairs_are_those_of_a_plain_count() {
    let baskets = baskets();
    let mut events = Vec::new();
    for (number, basket) in baskets.iter().enumerate() {
        let (order, at) = (number.to_string(), NOON + number as i64 * MINUTE);
        let items = basket.iter().map(|product| line(product, "c", 1, 1)).collect();
        events.extend([placed_by("u1", &order, at, items), reserved(&order, at + 1), paid(&order, at + 2)]);
    }
    // The first basket is taken back: its pairs count no more.
    events.push(cancelled("0", NOON + 2 * HOUR));
    let shop = Shop::after(&events);

    let mut expected: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    let mut bought: BTreeMap<&str, i64> = BTreeMap::new();
    for basket in &baskets[1..] {
        for (place, a) in basket.iter().enumerate() {
            *bought.entry(a).or_default() += 1;
            basket[place + 1..].iter().for_each(|b| *expected.entry((a, b)).or_default() += 1);
        }
    }
    let totals = shop.answers.co_purchase_totals().unwrap();
    assert_eq!(totals.distinct_pairs, expected.len() as u64);
    assert_eq!(totals.pair_count_sum, expected.values().sum::<i64>().unsigned_abs());

    let (mut pairs, mut after) = (Vec::new(), None::<Arc<str>>);
    loop {
        let page = shop.answers.pairs(after.as_deref(), 5_000).unwrap();
        pairs.extend(page.pairs);
        after = page.after;
        if after.is_none() {
            break;
        }
    }
    let found: Vec<((&str, &str), i64)> =
        pairs.iter().map(|pair| ((&*pair.product_a, &*pair.product_b), pair.baskets)).collect();
    assert_eq!(found, expected.iter().map(|(pair, count)| (*pair, *count)).collect::<Vec<_>>());

    let (product, baskets) = bought.iter().max_by_key(|(_, baskets)| **baskets).unwrap();
    let top = shop.answers.bought_together(product, 5).unwrap().products;
    let score = |other: &str, count: i64| count as f64 / ((baskets * bought[other]) as f64).sqrt();
    let mut plain: Vec<(f64, i64, &str)> = expected
        .iter()
        .filter(|((a, b), _)| a == product || b == product)
        .map(|((a, b), count)| if a == product { (*b, *count) } else { (*a, *count) })
        .map(|(other, count)| (score(other, count), count, other))
        .collect();
    plain.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)).then(a.2.cmp(b.2)));
    let plain: Vec<(&str, i64)> = plain.into_iter().take(5).map(|(_, count, other)| (other, count)).collect();
    assert_eq!(top.iter().map(|companion| (&*companion.product_id, companion.count)).collect::<Vec<_>>(), plain);
    assert_eq!(shop.answers.bought_together("nothing", 5).unwrap().products, []);
}
