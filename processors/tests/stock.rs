//! Stock, what operations are told about it, and when it will be out, on the driver.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod common;

use std::sync::Arc;

use common::{DAY, MINUTE, NOON, Sent, Shop, adjusted, adjusted_for, counted, not_paid, placed, reserved, sent};
use tillstream_models::events::{
    Compensation, Envelope, InventoryEvent, InventoryReleased, Notification, StockOutForecast,
};
use tillstream_processors::ShopSettings;
use tillstream_processors::stock::{STOCK, Stock};
use tillstream_stores::{arc_str, json};

fn shop(stock_lead_time_ms: i64) -> Shop {
    Shop::new(&ShopSettings { replay: true, low_stock: 5, stock_lead_time_ms, ..ShopSettings::default() })
}

fn stock(shop: &Shop, product: &str) -> Stock {
    let row = shop.0.state().reader().snapshot(|snapshot| {
        let view = snapshot.key_value_view(STOCK, arc_str(), json::<Stock>()).unwrap();
        view.get(&Arc::from(product)).unwrap()
    });
    row.unwrap().unwrap().value
}

#[test]
fn operations_hear_once_each_time_a_product_becomes_low() {
    let mut shop = shop(0);
    shop.send_all(&[
        counted("s1", "10001", 20, NOON),
        adjusted("s2", "10001", -14, NOON + 1),
        adjusted("s3", "10001", -2, NOON + 2),
        adjusted("s3", "10001", -2, NOON + 2),
        adjusted("s4", "10001", 2, NOON + 3),
        adjusted("s5", "10001", -2, NOON + 4),
        counted("s6", "10001", 20, NOON + 5),
        adjusted("s7", "10001", -30, NOON + 6),
        counted("s8", "10002", 1, NOON + 7),
        adjusted("s9", "10003", 50, NOON + 8),
        adjusted("s10", "10003", -48, NOON + 9),
    ]);
    let notices = shop.written::<Notification>().into_iter().map(|(key, at, notice)| match notice {
        Notification::LowStock(low) => (key, at - NOON, low.product_id.to_string(), low.level, low.threshold),
        other => panic!("{other:?}"),
    });
    let low = |at, product: &str, level| ("ops".to_owned(), at, product.to_owned(), level, 5);
    // 10003 was never counted: nobody knows how many there are.
    assert_eq!(notices.collect::<Vec<_>>(), [low(2, "10001", 4), low(6, "10001", -10), low(7, "10002", 1)]);
}

#[test]
fn what_an_order_had_is_back_when_its_reservation_was_released() {
    let mut shop = shop(0);
    shop.send(&counted("s1", "10001", 20, NOON));
    shop.send(&placed("1", NOON + 1));
    shop.send(&reserved("1", NOON + 2));
    shop.send(&adjusted_for(Some("sale"), "s2", "10001", -2, NOON + 2));
    shop.send(&not_paid("1", NOON + MINUTE));
    assert_eq!(stock(&shop, "10001").level, 18, "the inventory service has not been asked yet");
    let asked = shop.written::<Compensation>();
    let [(_, at, Compensation::ReleaseInventory(release))] = &*asked else { panic!("{asked:?}") };
    // The inventory service does as it was asked.
    let (envelope, order_id) = (Envelope::new("i-back", at + 1), release.order_id.clone());
    shop.send(&sent(&InventoryEvent::Released(InventoryReleased { envelope, order_id, items: release.items.clone() })));
    shop.send(&adjusted_for(Some("release"), "s3", "10001", 2, at + 1));
    assert_eq!(stock(&shop, "10001").level, 20);
    assert!(shop.order("1").unwrap().inventory.released_at_ms.is_some());
}

#[test]
fn a_forecast_needs_a_count_and_some_sales_and_operations_hear_of_it_once() {
    let mut shop = shop(7 * DAY);
    let sale = |day: i64| adjusted_for(Some("sale"), &format!("sale-{day}"), "10001", -10, NOON + day * DAY);
    let half_life = ShopSettings::default().demand_half_life_ms;
    shop.send_all(&(1..=8).map(sale).collect::<Vec<Sent>>());
    assert_eq!(stock(&shop, "10001").forecast(NOON + 8 * DAY, half_life), None, "never counted");
    shop.send(&counted("count", "10001", 85, NOON + 8 * DAY));
    assert_eq!(shop.written::<Notification>(), []);
    let forecast = stock(&shop, "10001").forecast(NOON + 8 * DAY, half_life).unwrap();
    assert!((11.0..12.0).contains(&forecast.units_per_day), "eight sales of ten in seven days: {forecast:?}");
    assert!((forecast.days_left - 85.0 / forecast.units_per_day).abs() < 1e-9);
    shop.send_all(&(9..=12).map(sale).collect::<Vec<Sent>>());
    let told = shop.written::<Notification>();
    let [(key, _, Notification::StockOutForecast(out))] = &*told else { panic!("{told:?}") };
    let StockOutForecast { level, days_left, lead_time_days, .. } = out;
    assert_eq!((key.as_str(), *level, *lead_time_days), ("ops", 75, 7.0));
    assert!((6.5..7.0).contains(days_left), "{days_left}");
    shop.send(&adjusted_for(Some("delivery"), "more", "10001", 1_000, NOON + 12 * DAY));
    assert_eq!(shop.written::<Notification>(), []);
    let later = stock(&shop, "10001").forecast(NOON + 40 * DAY, half_life).unwrap();
    assert!(later.units_per_day < 5.0, "what does not sell any more lasts longer: {later:?}");
}
