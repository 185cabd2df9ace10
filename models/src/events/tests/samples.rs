//! The sample events of the format's description.

use crate::events::*;

const ORDER: &str = r#"{"type":"OrderPlaced","version":1,"eventId":"o-536365-1","at":"2010-12-01T08:26:00Z","orderId":"536365","userId":"17850",
 "country":"GB","currency":"GBP","items":[{"productId":"85123A","name":"WHITE HANGING HEART T-LIGHT HOLDER",
 "category":"lighting","quantity":6,"unitPrice":2.55}],"total":15.30}"#;

#[test]
fn order_placed() {
    let OrderEvent::Placed(order) = OrderEvent::decode(ORDER.as_bytes()).unwrap() else {
        panic!("another event");
    };
    assert_eq!(order.envelope, Envelope::new("o-536365-1", 1_291_191_960_000));
    assert_eq!((&*order.order_id, &*order.user_id), ("536365", "17850"));
    assert_eq!(order.country, Some("GB".parse().unwrap()));
    assert_eq!(order.currency, Currency::GBP);
    assert_eq!(order.total, Money::from_units(153_000));
    let [line] = &*order.items else { panic!("{:?}", order.items) };
    assert_eq!((&*line.product_id, &*line.category), ("85123A", "lighting"));
    assert_eq!(line.amount(), Some(order.total));
}

#[test]
fn written_as_described() {
    let compact = ORDER.replace("\n ", "");
    let event = OrderEvent::decode(ORDER.as_bytes()).unwrap();
    assert_eq!(String::from_utf8(event.to_json()).unwrap(), compact);
}

#[test]
fn inventory_and_payments() {
    let reserved = InventoryEvent::decode(
        br#"{"type":"InventoryReserved","version":1,"eventId":"i-536365-1","at":"2010-12-01T08:26:01Z","orderId":"536365",
         "items":[{"productId":"85123A","quantity":6}]}"#,
    )
    .unwrap();
    assert_eq!((reserved.key(), reserved.at_ms()), ("536365", Some(1_291_191_961_000)));

    let failed = InventoryEvent::decode(
        br#"{"type":"InventoryFailed","version":1,"eventId":"i-536366-1","orderId":"536366","reason":"out of stock",
         "items":[{"productId":"22633","missing":4}]}"#,
    )
    .unwrap();
    let InventoryEvent::Failed(failed) = failed else { panic!("{failed:?}") };
    assert_eq!(failed.items, [MissingStock { product_id: "22633".into(), missing: 4 }]);
    assert_eq!(failed.envelope.at_ms, None);

    let paid = PaymentEvent::decode(
        br#"{"type":"PaymentCompleted","version":1,"eventId":"p-536365-1","orderId":"536365","paymentId":"pay_1",
         "amount":"15.30","currency":"GBP"}"#,
    )
    .unwrap();
    let PaymentEvent::Completed(paid) = paid else { panic!("{paid:?}") };
    assert_eq!(paid.amount.to_string(), "15.30");

    let adjusted = InventoryEvent::decode(
        br#"{"type":"StockAdjusted","version":1,"eventId":"s-1","productId":"85123A","delta":-6,"cause":"sale"}"#,
    )
    .unwrap();
    assert_eq!(adjusted.key(), "85123A");
}

#[test]
fn activity_is_keyed_by_user_else_by_session() {
    let view = br#"{"type":"ProductViewed","version":1,"eventId":"a-1","userId":"17850","sessionId":"s9","productId":"71053"}"#;
    assert_eq!(ActivityEvent::decode(view).unwrap().key(), "17850");
    let anonymous = br#"{"type":"ProductViewed","eventId":"a-1","sessionId":"s9","productId":"71053"}"#;
    assert_eq!(ActivityEvent::decode(anonymous).unwrap().key(), "s9");
}

#[test]
fn tolerates_what_changes_no_answer() {
    for (from, to) in [
        ("\"version\":1", "\"version\":7"),
        ("\"version\":1,", ""),
        ("\"version\":1", "\"gift\":{\"to\":[\"Ann\",null,1e400]},\"version\":1"),
        ("\"country\":\"GB\",", ""),
        ("\"country\":\"GB\"", "\"country\":null"),
        (",\"total\":15.30", ""),
        ("\"unitPrice\":2.55", "\"unitPrice\":\"2.5500\""),
        ("WHITE HANGING HEART", "\\u0000 \u{202E}קפה \u{1F6D2}"),
    ] {
        let payload = ORDER.replacen(from, to, 1);
        assert_ne!(payload, ORDER);
        let OrderEvent::Placed(order) = OrderEvent::decode(payload.as_bytes()).unwrap() else {
            panic!("{payload}");
        };
        assert_eq!(order.total.to_string(), "15.30", "{payload}");
    }
}
