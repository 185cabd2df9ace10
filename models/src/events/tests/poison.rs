//! Everything that must be refused, each with its class and without a panic.

use crate::events::*;

const ORDER: &str = r#"{"type":"OrderPlaced","eventId":"o-1","at":"2010-12-01T08:26:00Z","orderId":"1","userId":"2","country":"GB","currency":"GBP","items":[{"productId":"P","name":"N","category":"C","quantity":6,"unitPrice":2.55}],"total":15.30}"#;

fn class(payload: &[u8]) -> &'static str {
    match OrderEvent::decode(payload) {
        Ok(event) => panic!("accepted {event:?}"),
        Err(error) => error.class(),
    }
}

#[test]
fn broken_payloads() {
    assert!(OrderEvent::decode(ORDER.as_bytes()).is_ok());
    for end in 0..ORDER.len() {
        assert_eq!(class(&ORDER.as_bytes()[..end]), "invalid_json", "cut at {end}");
    }
    for (payload, expected) in [
        (format!("\u{FEFF}{ORDER}"), "invalid_json"),
        (format!("{ORDER}{{}}"), "invalid_json"),
        (format!("{ORDER}\0"), "invalid_json"),
        (format!("[{ORDER}]"), "invalid_json"),
        ("null".to_owned(), "invalid_json"),
        ("\"OrderPlaced\"".to_owned(), "invalid_json"),
        ("[\"OrderPlaced\",1]".to_owned(), "invalid_json"),
        ("{}".to_owned(), "missing_field"),
    ] {
        assert_eq!(class(payload.as_bytes()), expected, "{payload}");
    }
    assert_eq!(class(b"{\"type\":\"\xFF\"}"), "invalid_utf8");
    assert_eq!(class(&[0x1F, 0x8B, 0x08, 0x00]), "invalid_utf8");
}

#[test]
fn too_much_of_everything() {
    let huge = format!("{ORDER}{}", " ".repeat(MAX_EVENT_BYTES));
    assert_eq!(class(huge.as_bytes()), "too_large");

    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let nested = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        assert_eq!(class(nested.as_bytes()), "invalid_json");
        assert_eq!(class(open.repeat(100_000).as_bytes()), "invalid_json");
        let unknown_field = ORDER.replacen('{', &format!("{{\"extra\":{nested},"), 1);
        assert_eq!(class(unknown_field.as_bytes()), "invalid_json");
    }
    let brackets_in_text = ORDER.replace("\"N\"", &format!("\"{}\\\"\"", "[".repeat(200)));
    assert!(OrderEvent::decode(brackets_in_text.as_bytes()).is_ok());

    let line = r#"{"productId":"P","quantity":1,"unitPrice":1}"#;
    let order = |lines: usize| ORDER.replace("[{", &format!("[{}{{", format!("{line},").repeat(lines - 1)));
    assert!(OrderEvent::decode(order(MAX_ITEMS).as_bytes()).is_ok());
    assert_eq!(class(order(MAX_ITEMS + 1).as_bytes()), "too_large");
}

/// Replaces a part of the good order and tells what becomes of it.
fn class_with(from: &str, to: &str) -> &'static str {
    let payload = ORDER.replacen(from, to, 1);
    assert_ne!(payload, ORDER, "{from} is not in the order");
    class(payload.as_bytes())
}

#[test]
fn fields() {
    let long_id = format!("\"orderId\":\"{}\"", "x".repeat(MAX_ID_BYTES + 1));
    let long_text = format!("\"name\":\"{}\"", "x".repeat(MAX_TEXT_BYTES + 1));
    for (from, to, expected) in [
        ("\"type\":\"OrderPlaced\",", "", "missing_field"),
        ("\"OrderPlaced\"", "null", "missing_field"),
        ("\"OrderPlaced\"", "\"OrderTeleported\"", "unknown_type"),
        ("\"OrderPlaced\"", "\"orderplaced\"", "unknown_type"),
        ("\"OrderPlaced\"", "7", "invalid_field"),
        ("\"eventId\":\"o-1\",", "", "missing_field"),
        ("\"o-1\"", "null", "missing_field"),
        ("\"o-1\"", "17", "invalid_field"),
        ("\"o-1\"", "\"\"", "invalid_id"),
        ("\"orderId\":\"1\"", "\"orderId\":\"1\\n\"", "invalid_id"),
        ("\"orderId\":\"1\"", "\"orderId\":\"\\u0000\"", "invalid_id"),
        ("\"orderId\":\"1\"", &long_id, "too_large"),
        ("\"orderId\":\"1\"", "\"orderId\":\"\\ud800\"", "invalid_json"),
        ("\"name\":\"N\"", "\"name\":\"N\n\"", "invalid_json"),
        ("\"name\":\"N\"", &long_text, "too_large"),
        ("\"name\":\"N\"", "\"name\":[]", "invalid_field"),
        ("\"userId\":\"2\",", "", "missing_field"),
        ("\"eventId\"", "\"orderId\":\"9\",\"eventId\"", "duplicate_field"),
        ("\"quantity\":6", "\"quantity\":6,\"quantity\":6", "duplicate_field"),
        ("\"eventId\"", "\"version\":-1,\"eventId\"", "invalid_field"),
        ("\"items\":[", "\"items\":null,\"x\":[", "missing_field"),
        ("{\"productId\":\"P\",\"name\":\"N\",\"category\":\"C\",\"quantity\":6,\"unitPrice\":2.55}", "", "quantity"),
        (
            "{\"productId\":\"P\",\"name\":\"N\",\"category\":\"C\",\"quantity\":6,\"unitPrice\":2.55}",
            "[\"P\",\"N\",\"C\",6,2.55]",
            "invalid_field",
        ),
        ("\"quantity\":6", "\"quantity\":0", "quantity"),
        ("\"quantity\":6", "\"quantity\":-6", "quantity"),
        ("\"quantity\":6", "\"quantity\":2147483648", "quantity"),
        ("\"quantity\":6", "\"quantity\":9223372036854775808", "invalid_field"),
        ("\"quantity\":6", "\"quantity\":6.0", "invalid_field"),
        ("\"quantity\":6", "\"quantity\":\"6\"", "invalid_field"),
        ("\"quantity\":6,", "", "missing_field"),
        ("\"GBP\"", "\"gbp\"", "currency"),
        ("\"GBP\"", "\"ZZZ\"", "currency"),
        ("\"GBP\"", "\"\"", "currency"),
        ("\"GBP\"", "826", "invalid_field"),
        ("\"currency\":\"GBP\",", "", "missing_field"),
        ("\"GB\"", "\"Great Britain\"", "country"),
    ] {
        assert_eq!(class_with(from, to), expected, "{from} -> {to}");
    }
}

#[test]
fn amounts() {
    for (amount, expected) in [
        ("NaN", "invalid_json"),
        ("Infinity", "invalid_json"),
        ("-Infinity", "invalid_json"),
        ("+1", "invalid_json"),
        ("01", "invalid_json"),
        ("1.", "invalid_json"),
        (".5", "invalid_json"),
        ("1e400", "money"),
        ("1e2", "money"),
        ("\"NaN\"", "money"),
        ("\"12,5\"", "money"),
        ("\"£12.50\"", "money"),
        ("\"\"", "money"),
        ("\"\\u0031\"", "money"),
        ("0.12345", "money"),
        ("-0.01", "money"),
        ("9223372036854775807", "money"),
        ("100000000000.01", "money"),
        ("true", "money"),
        ("[1]", "money"),
        ("null", "missing_field"),
    ] {
        assert_eq!(class_with("2.55", amount), expected, "unitPrice {amount}");
        if amount != "null" {
            assert_eq!(class_with("15.30", amount), expected, "total {amount}");
        }
    }
    for amount in ["0", "-0", "0.0001", "\"12.5\"", "99999999999.9999", "2.5500000"] {
        let payload = ORDER.replace("15.30", amount);
        assert!(OrderEvent::decode(payload.as_bytes()).is_ok(), "{amount}");
    }
}

#[test]
fn sums_never_wrap() {
    let dear = |quantity: &str| ORDER.replace("2.55", "99999999999").replace(":6,", &format!(":{quantity},"));
    assert!(OrderEvent::decode(dear("1").as_bytes()).is_ok());
    assert_eq!(class(dear("2").as_bytes()), "overflow");
    assert_eq!(class(dear("2147483647").as_bytes()), "overflow");
}

#[test]
fn times() {
    for at in [
        "\"\"",
        "\"now\"",
        "\"2010-12-01\"",
        "\"2010-02-30T00:00:00Z\"",
        "1291191960000",
        "-1",
        "9223372036854775807",
        "{}",
        "\"2010-12-01T08:26:00\\u005a\"",
    ] {
        let class = class_with("\"2010-12-01T08:26:00Z\"", at);
        assert_eq!(class, "invalid_timestamp", "{at}");
    }
}

#[test]
fn other_topics_hold_the_same_line() {
    fn class<E: Event>(payload: &str) -> Option<&'static str> {
        E::decode(payload.as_bytes()).err().map(|error| error.class())
    }
    assert_eq!(class::<PaymentEvent>(ORDER), Some("unknown_type"));
    assert_eq!(
        class::<PaymentEvent>(
            r#"{"type":"PaymentCompleted","eventId":"p","orderId":"1","amount":-1,"currency":"GBP"}"#
        ),
        Some("money")
    );
    assert_eq!(
        class::<PaymentEvent>(r#"{"type":"PaymentCompleted","eventId":"p","orderId":"1","amount":1}"#),
        Some("missing_field")
    );
    assert_eq!(
        class::<InventoryEvent>(r#"{"type":"StockAdjusted","eventId":"s","productId":"1","delta":3e9}"#),
        Some("invalid_field")
    );
    assert_eq!(
        class::<InventoryEvent>(r#"{"type":"StockCounted","eventId":"s","productId":"1","quantity":-1}"#),
        Some("quantity")
    );
    assert_eq!(
        class::<InventoryEvent>(
            r#"{"type":"InventoryReserved","eventId":"i","orderId":"1","items":[{"productId":"1"}]}"#
        ),
        Some("missing_field")
    );
    assert_eq!(
        class::<ActivityEvent>(r#"{"type":"ProductViewed","eventId":"a","productId":"1"}"#),
        Some("missing_field")
    );
    assert_eq!(
        class::<ProductEvent>(
            r#"{"type":"ProductUpserted","eventId":"a","productId":"1","name":"n","category":"c","unitPrice":1}"#
        ),
        Some("missing_field")
    );
    assert_eq!(class::<OrderUpdate>("{}"), Some("missing_field"));
    assert_eq!(class::<Compensation>(r#"{"type":"x"}"#), Some("unknown_type"));
    assert_eq!(class::<Notification>(r#"{"type":"Anomaly","score":1e999}"#), Some("invalid_json"));
}

#[test]
fn messages_stay_short() {
    let payload = ORDER.replace("OrderPlaced", &"\\u001b[31m".repeat(1_000));
    let message = OrderEvent::decode(payload.as_bytes()).unwrap_err().to_string();
    assert!(message.len() < 1_000 && !message.contains('\u{1b}'), "{message}");
}
