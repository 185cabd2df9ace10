//! Events of a small shop, and a driver that takes them.
#![expect(dead_code, reason = "each test file uses its own part")]

use std::sync::Arc;

use bytes::Bytes;
use tillstream_models::events::{
    ActivityEvent, CartItem, CheckoutStarted, Currency, Envelope, Event, InventoryEvent, InventoryReserved, Money,
    OrderEvent, OrderLine, OrderPlaced, OrderReturned, PaymentCompleted, PaymentEvent, PaymentFailed, PaymentRefunded,
    ProductViewed, StockAdjusted, StockCounted, Visitor,
};
use tillstream_processors::interactions::{History, history_serde};
use tillstream_processors::revenue::{
    Dimension, Figures, Granularity, RevenueKey, figures_serde, revenue_key_serde, store_name,
};
use tillstream_processors::{Order, ShopSettings, order_counts, order_saga, shop};
use tillstream_stores::{Headers, ValueAndTimestamp, Windowed, arc_str, i64_be, json, utf8};
use tillstream_topology::TopologyTestDriver;
use tillstream_topology::driver::{DriverError, DriverOptions, ProducedRecord};

/// Noon of the first day of the bundled sales history.
pub(crate) const NOON: i64 = 1_291_204_800_000;
pub(crate) const MINUTE: i64 = 60_000;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// An event on its way into a topic.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) topic: &'static str,
    pub(crate) key: String,
    pub(crate) payload: Vec<u8>,
    pub(crate) at: i64,
}

pub(crate) fn sent<E: Event>(event: &E) -> Sent {
    let at = event.at_ms().unwrap();
    Sent { topic: E::TOPIC, key: event.key().to_owned(), payload: event.to_json(), at }
}

pub(crate) fn line(product: &str, category: &str, quantity: i32, units: i64) -> OrderLine {
    OrderLine {
        product_id: product.into(),
        name: format!("name of {product}").into(),
        category: category.into(),
        quantity,
        unit_price: Money::from_units(units),
    }
}

pub(crate) fn placed_by(user: &str, order: &str, at: i64, items: Vec<OrderLine>) -> Sent {
    let total = OrderLine::total(&items).unwrap();
    sent(&OrderEvent::Placed(OrderPlaced {
        envelope: Envelope::new(format!("o-{order}"), at),
        order_id: order.into(),
        user_id: user.into(),
        country: Some("GB".parse().unwrap()),
        currency: Currency::GBP,
        items,
        total,
    }))
}

pub(crate) fn placed(order: &str, at: i64) -> Sent {
    placed_by("u1", order, at, vec![line("10001", "lighting", 2, 25_500), line("10002", "garden", 1, 10_000)])
}

pub(crate) fn reserved(order: &str, at: i64) -> Sent {
    let envelope = Envelope::new(format!("i-{order}"), at);
    sent(&InventoryEvent::Reserved(InventoryReserved { envelope, order_id: order.into(), items: Vec::new() }))
}

pub(crate) fn paid(order: &str, at: i64) -> Sent {
    sent(&PaymentEvent::Completed(PaymentCompleted {
        envelope: Envelope::new(format!("p-{order}"), at),
        order_id: order.into(),
        payment_id: Some(format!("pay-{order}").into()),
        amount: Money::from_units(61_000),
        currency: Currency::GBP,
    }))
}

pub(crate) fn not_paid(order: &str, at: i64) -> Sent {
    let envelope = Envelope::new(format!("p-{order}"), at);
    let reason = Some("card declined".into());
    sent(&PaymentEvent::Failed(PaymentFailed { envelope, order_id: order.into(), reason }))
}

pub(crate) fn refunded(order: &str, at: i64) -> Sent {
    sent(&PaymentEvent::Refunded(PaymentRefunded {
        envelope: Envelope::new(format!("f-{order}"), at),
        order_id: order.into(),
        payment_id: None,
        amount: Money::from_units(10_000),
        currency: Currency::GBP,
    }))
}

pub(crate) fn returned(order: &str, at: i64) -> Sent {
    let items = vec![line("10002", "garden", 1, 10_000)];
    sent(&OrderEvent::Returned(OrderReturned {
        envelope: Envelope::new(format!("r-{order}"), at),
        order_id: order.into(),
        user_id: None,
        country: Some("GB".parse().unwrap()),
        currency: Currency::GBP,
        total: OrderLine::total(&items).unwrap(),
        items,
    }))
}

pub(crate) fn cancelled(order: &str, at: i64) -> Sent {
    let envelope = Envelope::new(format!("c-{order}"), at);
    let reason = Some("customer changed their mind".into());
    sent(&OrderEvent::Cancelled(tillstream_models::events::OrderCancelled { envelope, order_id: order.into(), reason }))
}

pub(crate) fn adjusted(id: &str, product: &str, delta: i32, at: i64) -> Sent {
    adjusted_for(None, id, product, delta, at)
}

pub(crate) fn adjusted_for(cause: Option<&str>, id: &str, product: &str, delta: i32, at: i64) -> Sent {
    let (envelope, cause) = (Envelope::new(id, at), cause.map(Into::into));
    sent(&InventoryEvent::Adjusted(StockAdjusted { envelope, product_id: product.into(), delta, cause }))
}

pub(crate) fn viewed(id: &str, user: &str, product: &str, at: i64) -> Sent {
    let visitor = Visitor { user_id: Some(user.into()), session_id: None };
    let envelope = Envelope::new(id, at);
    sent(&ActivityEvent::ProductViewed(ProductViewed { envelope, visitor, product_id: product.into() }))
}

pub(crate) fn put_into_cart(id: &str, user: &str, product: &str, at: i64) -> Sent {
    let visitor = Visitor { user_id: Some(user.into()), session_id: None };
    let envelope = Envelope::new(id, at);
    sent(&ActivityEvent::CartItemAdded(CartItem { envelope, visitor, product_id: product.into(), quantity: 1 }))
}

pub(crate) fn checked_out(id: &str, user: &str, at: i64) -> Sent {
    let visitor = Visitor { user_id: Some(user.into()), session_id: None };
    sent(&ActivityEvent::CheckoutStarted(CheckoutStarted { envelope: Envelope::new(id, at), visitor, order_id: None }))
}

pub(crate) fn counted(id: &str, product: &str, quantity: i32, at: i64) -> Sent {
    sent(&InventoryEvent::Counted(StockCounted {
        envelope: Envelope::new(id, at),
        product_id: product.into(),
        quantity,
    }))
}

/// A shop in one task, committed after each record.
pub(crate) struct Shop(pub(crate) TopologyTestDriver);

impl Shop {
    pub(crate) fn new(settings: &ShopSettings) -> Self {
        let topology = shop::topology(settings).unwrap();
        let options = DriverOptions { wall_clock_start_ms: NOON, ..DriverOptions::default() };
        Self(TopologyTestDriver::new(&topology, options).unwrap())
    }

    pub(crate) fn replaying() -> Self {
        Self::new(&ShopSettings { replay: true, ..ShopSettings::default() })
    }

    pub(crate) fn try_send(&mut self, sent: &Sent) -> Result<(), DriverError> {
        let record = ProducedRecord {
            key: Some(Bytes::copy_from_slice(sent.key.as_bytes())),
            value: Some(Bytes::copy_from_slice(&sent.payload)),
            timestamp: sent.at,
            headers: Headers::default(),
        };
        self.0.pipe_raw(sent.topic, record)
    }

    pub(crate) fn send(&mut self, sent: &Sent) {
        self.try_send(sent).unwrap();
    }

    pub(crate) fn send_all<'a>(&mut self, events: impl IntoIterator<Item = &'a Sent>) {
        events.into_iter().for_each(|event| self.send(event));
    }

    /// The events written to `E`'s topic since the last look, with their keys and times.
    pub(crate) fn written<E: Event>(&mut self) -> Vec<(String, i64, E)> {
        let decode = |record: ProducedRecord| {
            let key = String::from_utf8(record.key.unwrap().to_vec()).unwrap();
            (key, record.timestamp, E::decode(&record.value.unwrap()).unwrap())
        };
        self.0.read(E::TOPIC).into_iter().map(decode).collect()
    }

    pub(crate) fn order(&self, order_id: &str) -> Option<Order> {
        let reader = self.0.state().reader();
        let row: Option<ValueAndTimestamp<Order>> = reader
            .snapshot(|s| {
                s.key_value_view(order_saga::ORDERS, arc_str(), json()).unwrap().get(&Arc::from(order_id)).unwrap()
            })
            .unwrap();
        row.map(|row| row.value)
    }

    /// A row of one of the stores of histories.
    pub(crate) fn history(&self, store: &str, user: &str) -> History {
        let rows =
            self.0.state().reader().snapshot(|s| {
                s.key_value_view(store, arc_str(), history_serde()).unwrap().get(&Arc::from(user)).unwrap()
            });
        rows.unwrap().map(|row| row.value).unwrap_or_default()
    }

    pub(crate) fn orders_by_status(&self) -> Vec<(String, i64)> {
        let rows = self.0.state().reader().snapshot(|s| {
            let view = s.key_value_view(order_counts::ORDERS_BY_STATUS, utf8(), i64_be()).unwrap();
            view.all(usize::MAX).unwrap()
        });
        rows.unwrap().into_iter().map(|(status, row)| (status, row.value)).collect()
    }

    pub(crate) fn windows(
        &self,
        granularity: Granularity,
        dimension: Dimension,
    ) -> Vec<(Windowed<RevenueKey>, Figures)> {
        let store = store_name(granularity, dimension);
        let rows = self.0.state().reader().snapshot(|s| {
            let view = s.window_view(&store, revenue_key_serde(), figures_serde()).unwrap();
            view.fetch_all(0, i64::MAX, usize::MAX).unwrap()
        });
        rows.unwrap().into_iter().map(|(key, row)| (key, row.value)).collect()
    }

    pub(crate) fn sum(&self, granularity: Granularity, dimension: Dimension) -> Figures {
        let rows = self.windows(granularity, dimension);
        rows.into_iter().fold(Figures::default(), |sum, (_, figures)| sum.checked_add(figures).unwrap())
    }
}
