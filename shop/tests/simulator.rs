//! The simulated shop: the same for the same seed, at the rate asked for, with exactly the faults
//! asked for and no others.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tillstream_models::events::{
    ActivityEvent, Event, EventError, InventoryEvent, OrderEvent, PaymentEvent, ProductEvent, payload_hash,
};
use tillstream_shop::ShopRecord;
use tillstream_shop::simulator::{Simulator, SimulatorConfig};

const DAY_MS: i64 = 86_400_000;

fn small() -> SimulatorConfig {
    SimulatorConfig { users: 1_000, products: 200, rate: 20.0, ..SimulatorConfig::default() }
}

fn simulate(config: SimulatorConfig, records: usize) -> Vec<ShopRecord> {
    Simulator::new(config).unwrap().take(records).collect()
}

/// Event id and key as the decoder of the record's topic sees them.
fn decode(record: &ShopRecord) -> Result<(String, String), EventError> {
    fn ids<E: Event>(payload: &[u8]) -> Result<(String, String), EventError> {
        E::decode(payload).map(|event| (event.event_id().to_owned(), event.key().to_owned()))
    }
    match record.topic {
        "orders" => ids::<OrderEvent>(&record.value),
        "inventory" => ids::<InventoryEvent>(&record.value),
        "payments" => ids::<PaymentEvent>(&record.value),
        "user-activity" => ids::<ActivityEvent>(&record.value),
        "products" => ids::<ProductEvent>(&record.value),
        topic => panic!("{topic}"),
    }
}

#[test]
fn same_seed_same_bytes() {
    let faulty = SimulatorConfig { late_share: 0.05, duplicate_share: 0.05, malformed_share: 0.05, ..small() };
    assert_eq!(simulate(faulty, 20_000), simulate(faulty, 20_000));
    let other = SimulatorConfig { seed: 43, ..faulty };
    assert_ne!(simulate(faulty, 2_000), simulate(other, 2_000));
}

#[test]
fn every_record_is_a_good_event_in_time_order() {
    let records = simulate(small(), 50_000);
    let mut ids = BTreeSet::new();
    let mut kinds = BTreeSet::new();
    for pair in records.windows(2) {
        assert!(pair[0].timestamp <= pair[1].timestamp);
    }
    for record in &records {
        let (event_id, key) = decode(record).unwrap();
        assert_eq!(key, record.key);
        assert!(ids.insert(event_id));
        let json = String::from_utf8_lossy(&record.value).into_owned();
        kinds.insert(json.split('"').nth(3).unwrap().to_owned());
    }
    for kind in [
        "CartItemAdded",
        "CartItemRemoved",
        "CheckoutStarted",
        "InventoryFailed",
        "InventoryReleased",
        "InventoryReserved",
        "OrderDelivered",
        "OrderPlaced",
        "OrderReturned",
        "OrderShipped",
        "PaymentCompleted",
        "PaymentFailed",
        "PaymentRefunded",
        "ProductUpserted",
        "ProductViewed",
        "RecommendationClicked",
        "RecommendationShown",
        "Searched",
        "StockAdjusted",
        "StockCounted",
    ] {
        assert!(kinds.contains(kind), "{kind} never happened: {kinds:?}");
    }
}

#[test]
fn shelves_are_restocked() {
    let mut stock: HashMap<Box<str>, i64> = HashMap::new();
    for record in simulate(small(), 100_000) {
        match record.topic {
            "inventory" => match InventoryEvent::decode(&record.value).unwrap() {
                InventoryEvent::Counted(counted) => {
                    stock.insert(counted.product_id, i64::from(counted.quantity));
                }
                InventoryEvent::Adjusted(adjusted) => {
                    *stock.get_mut(&adjusted.product_id).unwrap() += i64::from(adjusted.delta);
                }
                _ => {}
            },
            _ => continue,
        }
        assert!(stock.values().all(|level| (-500..2_000).contains(level)), "{stock:?}");
    }
    assert_eq!(stock.len(), 200);
}

#[test]
fn legs_fail_as_asked() {
    let config =
        SimulatorConfig { payment_failure_share: 0.10, stock_failure_share: 0.20, timeout_share: 0.0, ..small() };
    let (mut paid, mut declined, mut reserved, mut refused) = (0.0, 0.0, 0.0, 0.0);
    for record in simulate(config, 200_000) {
        match record.topic {
            "payments" => match PaymentEvent::decode(&record.value).unwrap() {
                PaymentEvent::Completed(_) => paid += 1.0,
                PaymentEvent::Failed(_) => declined += 1.0,
                PaymentEvent::Refunded(_) => {}
            },
            "inventory" => match InventoryEvent::decode(&record.value).unwrap() {
                InventoryEvent::Reserved(_) => reserved += 1.0,
                InventoryEvent::Failed(_) => refused += 1.0,
                _ => {}
            },
            _ => {}
        }
    }
    let share: f64 = declined / (paid + declined);
    assert!((share - 0.10).abs() < 0.01, "{share}");
    let share: f64 = refused / (reserved + refused);
    assert!((share - 0.20).abs() < 0.015, "{share}");
}

#[test]
fn where_a_leg_is_silent_the_other_is_undone_when_the_saga_gives_up() {
    let shares =
        SimulatorConfig { payment_failure_share: 0.0, stock_failure_share: 0.0, timeout_share: 1.0, ..small() };
    let config = SimulatorConfig { saga_timeout_ms: 60_000, ..shares };
    let (mut placed, mut done, mut undone) = (HashMap::new(), HashMap::new(), HashMap::new());
    for record in simulate(config, 100_000) {
        let (key, at) = (record.key, record.timestamp);
        let kind = String::from_utf8_lossy(&record.value).split('"').nth(3).unwrap().to_owned();
        match kind.as_str() {
            "OrderPlaced" => placed.insert(key, at),
            "InventoryReserved" | "PaymentCompleted" => done.insert(key, at),
            "InventoryReleased" | "PaymentRefunded" => undone.insert(key, at),
            _ => None,
        };
    }
    assert!(undone.len() > 500 && undone.len() as f64 > 0.9 * done.len() as f64, "{} of {}", undone.len(), done.len());
    assert!(undone.iter().all(|(order, at)| *at >= placed[order] + 60_000 && done.contains_key(order)));
}

#[test]
fn rate_holds_over_a_day_and_follows_its_rhythm() {
    let config = small();
    let mut shop = Simulator::new(config).unwrap();
    let mut by_hour = BTreeMap::new();
    let mut total = 0.0;
    while let Some(record) = shop.next_until(config.start_ms + DAY_MS - 1) {
        if record.topic != "products" {
            total += 1.0;
            *by_hour.entry((record.timestamp - config.start_ms) / 3_600_000).or_insert(0) += 1;
        }
    }
    let rate: f64 = total / (DAY_MS as f64 / 1_000.0);
    assert!((rate / config.rate - 1.0).abs() < 0.05, "{rate} records a second");
    assert!(by_hour[&20] > 4 * by_hour[&4], "{by_hour:?}");
    assert!(shop.next_due_ms() >= config.start_ms + DAY_MS);
}

#[test]
fn nothing_comes_before_its_time() {
    let config = small();
    let mut shop = Simulator::new(config).unwrap();
    assert_eq!(shop.next_until(config.start_ms - 1), None);
    let due_ms = shop.next_due_ms();
    assert_eq!(shop.next_until(due_ms - 1), None);
    assert_eq!(shop.next_until(due_ms).unwrap().timestamp, due_ms);
}

#[test]
fn faults_leave_the_shop_as_it_is() {
    let good: HashMap<String, u64> = simulate(small(), 30_000)
        .iter()
        .map(|record| (decode(record).unwrap().0, payload_hash(&record.value)))
        .collect();
    let faulty = SimulatorConfig { duplicate_share: 0.02, malformed_share: 0.01, ..small() };
    let (mut seen, mut duplicates, mut malformed) = (BTreeSet::new(), 0, 0);
    for record in simulate(faulty, 30_000) {
        match decode(&record) {
            Ok((event_id, _)) => {
                if let Some(hash) = good.get(&event_id) {
                    assert_eq!(*hash, payload_hash(&record.value));
                }
                duplicates += i32::from(!seen.insert(event_id));
            }
            Err(_) => malformed += 1,
        }
    }
    assert!((450..700).contains(&duplicates), "{duplicates}");
    assert!((200..400).contains(&malformed), "{malformed}");
    assert!(seen.iter().filter(|id| good.contains_key(*id)).count() > 28_500);
}

#[test]
fn late_records_are_out_of_order_by_minutes() {
    let config = SimulatorConfig { late_share: 0.02, ..small() };
    let (mut newest, mut late) = (i64::MIN, 0);
    for record in simulate(config, 30_000) {
        assert_eq!(record.timestamp, record.timestamp.max(config.start_ms));
        if record.timestamp < newest {
            late += 1;
            assert!(newest - record.timestamp <= 600_000);
        }
        newest = newest.max(record.timestamp);
    }
    assert!((450..700).contains(&late), "{late}");
}

#[test]
fn impossible_settings_are_named() {
    for (config, message) in [
        (SimulatorConfig { rate: 0.0, ..small() }, "rate"),
        (SimulatorConfig { rate: f64::NAN, ..small() }, "rate"),
        (SimulatorConfig { users: 0, ..small() }, "users"),
        (SimulatorConfig { products: usize::MAX, ..small() }, "products"),
        (SimulatorConfig { late_share: 1.1, ..small() }, "late_share"),
        (SimulatorConfig { malformed_share: f64::NAN, ..small() }, "malformed_share"),
        (SimulatorConfig { start_ms: i64::MAX, ..small() }, "start_ms"),
    ] {
        let error = Simulator::new(config).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
}
