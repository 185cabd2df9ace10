//! How the stores' keys and values are shown to people, and how people write keys.

use serde::Serialize;
use serde_json::Value;
use tillstream_stores::{SharedSerde, i64_be, u64_be, utf8};

use super::ReadError;
use crate::anomalies::{ANOMALIES, ANOMALY_BASELINES, ANOMALY_PROGRESS};
use crate::best_sellers::{PRODUCTS, SENT_LABELS};
use crate::co_purchase::numbers::numbered_serde;
use crate::co_purchase::partners::{RunKey, partners_serde, run_key_serde};
use crate::co_purchase::{CO_PURCHASE_PRODUCTS, CO_PURCHASES};
use crate::customers::CUSTOMERS;
use crate::experiments::EXPOSURES;
use crate::interactions::{ACTIVITY, ACTIVITY_EVENT_IDS, PURCHASES, history_serde};
use crate::order_counts::ORDERS_BY_STATUS;
use crate::order_saga::counters::SAGA_COUNTERS;
use crate::order_saga::timeouts::{Deadline, deadline_serde};
use crate::order_saga::{DEADLINES, ORDERS};
use crate::revenue::{figures_serde, revenue_key_serde};
use crate::stock::{STOCK, STOCK_EVENT_IDS};
use crate::visits::{FUNNEL, VISITS, funnel_serde, visit_serde};

/// What the keys of a store are.
enum Keys {
    Text,
    Revenue,
    Runs,
    Deadlines,
    Ids,
    Hours,
}

impl Keys {
    fn of(store: &str) -> Self {
        match store {
            CO_PURCHASES => Self::Runs,
            DEADLINES => Self::Deadlines,
            STOCK_EVENT_IDS | ACTIVITY_EVENT_IDS => Self::Ids,
            FUNNEL => Self::Hours,
            _ if is_revenue(store) => Self::Revenue,
            _ => Self::Text,
        }
    }
}

fn is_revenue(store: &str) -> bool {
    store.starts_with("revenue-by-")
}

/// The bytes of a key of `store` that a person wrote: text as it is, `GBP` or `GBP:lighting` for revenue, the product's
/// number and the run for co-purchases (`17:0`), epoch ms and the order for deadlines (`1291191960000:536365`), a number for
/// fingerprints of event ids.
///
/// # Errors
/// [`ReadError::Invalid`] with an example of how to write it.
pub fn stored_key(store: &str, text: &str) -> Result<Vec<u8>, ReadError> {
    let pair = || text.split_once(':');
    let (key, example) = match Keys::of(store) {
        Keys::Text => (Some(text.as_bytes().to_vec()), ""),
        Keys::Revenue => {
            let known = revenue_key_serde().deserialize(Some(text.as_bytes())).is_ok();
            (known.then(|| text.as_bytes().to_vec()), "GBP or GBP:lighting")
        }
        Keys::Runs => {
            let key = pair()
                .and_then(|(product, run)| Some(RunKey { product: product.parse().ok()?, run: run.parse().ok()? }));
            (key.and_then(|key| bytes(&run_key_serde(), &key)), "the product's number and the run, such as 17:0")
        }
        Keys::Deadlines => {
            let key = pair().and_then(|(at, id)| Some(Deadline { at_ms: at.parse().ok()?, order_id: id.into() }));
            (key.and_then(|key| bytes(&deadline_serde(), &key)), "epoch ms and the order, such as 1291191960000:536365")
        }
        Keys::Ids => (text.parse().ok().and_then(|id| bytes(&u64_be(), &id)), "a number"),
        Keys::Hours => (text.parse().ok().and_then(|hour| bytes(&i64_be(), &hour)), "the start of the hour, epoch ms"),
    };
    key.ok_or_else(|| ReadError::invalid("key", format!("keys of {store} are written as {example}")))
}

/// A key of `store` as JSON; bytes that are none are shown as text.
#[must_use]
pub fn shown_key(store: &str, key: &[u8]) -> Value {
    let shown = match Keys::of(store) {
        Keys::Text => shown(&utf8(), key),
        Keys::Revenue => shown(&revenue_key_serde(), key),
        Keys::Runs => shown(&run_key_serde(), key),
        Keys::Deadlines => shown(&deadline_serde(), key),
        Keys::Ids => shown(&u64_be(), key),
        Keys::Hours => shown(&i64_be(), key),
    };
    shown.unwrap_or_else(|| Value::from(String::from_utf8_lossy(key)))
}

/// A value of `store` as JSON; `None` for bytes that are no such value, and for stores that are none of the shop's.
#[must_use]
pub fn shown_value(store: &str, value: &[u8]) -> Option<Value> {
    match store {
        ORDERS | PRODUCTS | SENT_LABELS | STOCK | EXPOSURES | CUSTOMERS => serde_json::from_slice(value).ok(),
        ORDERS_BY_STATUS => shown(&i64_be(), value),
        SAGA_COUNTERS | STOCK_EVENT_IDS | ACTIVITY_EVENT_IDS => shown(&u64_be(), value),
        CO_PURCHASE_PRODUCTS => shown(&numbered_serde(), value),
        CO_PURCHASES => shown(&partners_serde(), value),
        PURCHASES | ACTIVITY => shown(&history_serde(), value),
        ANOMALIES | ANOMALY_BASELINES | ANOMALY_PROGRESS => serde_json::from_slice(value).ok(),
        VISITS => shown(&visit_serde(), value),
        FUNNEL => shown(&funnel_serde(), value),
        DEADLINES => Some(Value::Null),
        _ if is_revenue(store) => shown(&figures_serde(), value),
        _ => None,
    }
}

fn shown<T: Serialize>(serde: &SharedSerde<T>, bytes: &[u8]) -> Option<Value> {
    serde_json::to_value(serde.deserialize(Some(bytes)).ok()?).ok()
}

fn bytes<T>(serde: &SharedSerde<T>, value: &T) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    serde.serialize(value, &mut bytes).ok()?.then_some(bytes)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_shown_as_they_were_written() {
        for (store, text, shown) in [
            (ORDERS, "536365", json!("536365")),
            ("revenue-by-hour", "GBP", json!({"currency": "GBP", "value": ""})),
            ("revenue-by-day-by-category", "GBP:a:b", json!({"currency": "GBP", "value": "a:b"})),
            (CO_PURCHASES, "17:2", json!({"product": 17, "run": 2})),
            (DEADLINES, "1291191960000:a:b", json!({"atMs": 1_291_191_960_000_i64, "orderId": "a:b"})),
            (STOCK_EVENT_IDS, "18446744073709551615", json!(u64::MAX)),
        ] {
            assert_eq!(shown_key(store, &stored_key(store, text).unwrap()), shown, "{store}");
        }
    }

    #[test]
    fn a_key_that_cannot_be_is_told_with_an_example() {
        for (store, text) in
            [("revenue-by-hour", "XYZ"), (CO_PURCHASES, "17"), (DEADLINES, "x:1"), (STOCK_EVENT_IDS, "-1")]
        {
            let error = stored_key(store, text).unwrap_err().to_string();
            assert!(error.starts_with("key: keys of ") && error.contains(store), "{error}");
        }
    }

    #[test]
    fn values_have_the_type_of_their_store() {
        let figures = crate::revenue::Figures { units: 7, ..Default::default() };
        let shown = shown_value("revenue-by-day", &bytes(&figures_serde(), &figures).unwrap()).unwrap();
        assert_eq!((&shown["units"], &shown["gross"]), (&json!(7), &json!("0.00")));
        assert_eq!(shown_value(ORDERS_BY_STATUS, b"12345678"), Some(json!(i64::from_be_bytes(*b"12345678"))));
        assert_eq!(shown_value(CO_PURCHASES, &[1, 1, 5, 4]), Some(json!([{"number": 5, "baskets": 2}])));
        assert_eq!((shown_value("another", b"1"), shown_value("revenue-by-day", b"1")), (None, None));
    }
}
