//! Topic `notifications`: what customers and operations should hear of.

use super::json::JsonWriter;
use super::wire::{self, Text, count, id, required, text, unknown_type, wire_event};
use super::{Envelope, Event, EventError};

/// The key of notices that are for operations rather than for a customer.
const OPERATIONS: &str = "ops";

/// An event of topic `notifications`, keyed by user id, or `ops` when it is for operations.
#[derive(Debug, Clone, PartialEq)]
pub enum Notification {
    /// To the customer: the order is confirmed.
    OrderConfirmed(OrderConfirmedNotice),
    /// To the customer: the order is cancelled.
    OrderCancelled(OrderCancelledNotice),
    /// To operations: a product runs out.
    LowStock(LowStock),
    /// To operations: a product will be out before more of it can come.
    StockOutForecast(StockOutForecast),
    /// To operations: a measure is far from what was expected.
    Anomaly(Anomaly),
}

/// The order is confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderConfirmedNotice {
    /// What every event has.
    pub envelope: Envelope,
    /// Whom to tell.
    pub user_id: Box<str>,
    /// The order.
    pub order_id: Box<str>,
}

/// The order is cancelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderCancelledNotice {
    /// What every event has.
    pub envelope: Envelope,
    /// Whom to tell.
    pub user_id: Box<str>,
    /// The order.
    pub order_id: Box<str>,
    /// Why.
    pub reason: Box<str>,
}

/// A product runs out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LowStock {
    /// What every event has.
    pub envelope: Envelope,
    /// The product.
    pub product_id: Box<str>,
    /// How many are left; negative when more was promised than there is.
    pub level: i64,
    /// The level that asks for a notice.
    pub threshold: i32,
}

/// A product will be out before more of it can come.
#[derive(Debug, Clone, PartialEq)]
pub struct StockOutForecast {
    /// What every event has.
    pub envelope: Envelope,
    /// The product.
    pub product_id: Box<str>,
    /// How many are left; negative when more was promised than there is.
    pub level: i64,
    /// Units sold a day, as of late.
    pub units_per_day: f64,
    /// Days until nothing is left.
    pub days_left: f64,
    /// Days more of it takes to come.
    pub lead_time_days: f64,
}

/// A measure is far from what was expected.
#[derive(Debug, Clone, PartialEq)]
pub struct Anomaly {
    /// What every event has.
    pub envelope: Envelope,
    /// The measure, such as `orders` or `revenue-GBP`.
    pub metric: Box<str>,
    /// Start of the window that stands out, in milliseconds since the epoch.
    pub window_start_ms: i64,
    /// What was measured.
    pub value: f64,
    /// What the seasonal baseline expected.
    pub expected: f64,
    /// How far off it is, in standard deviations; negative for a drop.
    pub score: f64,
}

wire_event!(NotificationWire {
    user_id: Text<'a>,
    order_id: Text<'a>,
    reason: Text<'a>,
    product_id: Text<'a>,
    level: i64,
    threshold: i64,
    units_per_day: f64,
    days_left: f64,
    lead_time_days: f64,
    metric: Text<'a>,
    window_start_ms: i64,
    value: f64,
    expected: f64,
    score: f64,
});

impl Event for Notification {
    const TOPIC: &'static str = "notifications";

    fn decode(payload: &[u8]) -> Result<Self, EventError> {
        let mut wire: NotificationWire<'_> = wire::parse(payload)?;
        let kind = required("type", wire.kind.take())?.0;
        match &*kind {
            "OrderConfirmedNotice" => wire.order_confirmed().map(Self::OrderConfirmed),
            "OrderCancelledNotice" => wire.order_cancelled().map(Self::OrderCancelled),
            "LowStock" => wire.low_stock().map(Self::LowStock),
            "StockOutForecast" => wire.stock_out().map(Self::StockOutForecast),
            "Anomaly" => wire.anomaly().map(Self::Anomaly),
            kind => Err(unknown_type(Self::TOPIC, kind)),
        }
    }

    fn to_json(&self) -> Vec<u8> {
        let mut json = JsonWriter::event(self.type_name(), self.envelope());
        match self {
            Self::OrderConfirmed(notice) => {
                json.field("userId", &*notice.user_id);
                json.field("orderId", &*notice.order_id);
            }
            Self::OrderCancelled(notice) => {
                json.field("userId", &*notice.user_id);
                json.field("orderId", &*notice.order_id);
                json.field("reason", &*notice.reason);
            }
            Self::LowStock(notice) => {
                json.field("productId", &*notice.product_id);
                json.field("level", &notice.level);
                json.field("threshold", &notice.threshold);
            }
            Self::StockOutForecast(notice) => {
                json.field("productId", &*notice.product_id);
                json.field("level", &notice.level);
                json.field("unitsPerDay", &notice.units_per_day);
                json.field("daysLeft", &notice.days_left);
                json.field("leadTimeDays", &notice.lead_time_days);
            }
            Self::Anomaly(notice) => {
                json.field("metric", &*notice.metric);
                json.field("windowStartMs", &notice.window_start_ms);
                json.field("value", &notice.value);
                json.field("expected", &notice.expected);
                json.field("score", &notice.score);
            }
        }
        json.finish()
    }

    fn type_name(&self) -> &'static str {
        match self {
            Self::OrderConfirmed(_) => "OrderConfirmedNotice",
            Self::OrderCancelled(_) => "OrderCancelledNotice",
            Self::LowStock(_) => "LowStock",
            Self::StockOutForecast(_) => "StockOutForecast",
            Self::Anomaly(_) => "Anomaly",
        }
    }

    fn envelope(&self) -> &Envelope {
        match self {
            Self::OrderConfirmed(notice) => &notice.envelope,
            Self::OrderCancelled(notice) => &notice.envelope,
            Self::LowStock(notice) => &notice.envelope,
            Self::StockOutForecast(notice) => &notice.envelope,
            Self::Anomaly(notice) => &notice.envelope,
        }
    }

    fn key(&self) -> &str {
        match self {
            Self::OrderConfirmed(notice) => &notice.user_id,
            Self::OrderCancelled(notice) => &notice.user_id,
            Self::LowStock(_) | Self::StockOutForecast(_) | Self::Anomaly(_) => OPERATIONS,
        }
    }
}

impl NotificationWire<'_> {
    fn order_confirmed(mut self) -> Result<OrderConfirmedNotice, EventError> {
        Ok(OrderConfirmedNotice {
            envelope: self.envelope()?,
            user_id: id("userId", self.user_id)?,
            order_id: id("orderId", self.order_id)?,
        })
    }

    fn order_cancelled(mut self) -> Result<OrderCancelledNotice, EventError> {
        Ok(OrderCancelledNotice {
            envelope: self.envelope()?,
            user_id: id("userId", self.user_id)?,
            order_id: id("orderId", self.order_id)?,
            reason: required("reason", text("reason", self.reason)?)?,
        })
    }

    fn low_stock(mut self) -> Result<LowStock, EventError> {
        Ok(LowStock {
            envelope: self.envelope()?,
            product_id: id("productId", self.product_id)?,
            level: required("level", self.level)?,
            threshold: count("threshold", self.threshold, 0)?,
        })
    }

    fn stock_out(mut self) -> Result<StockOutForecast, EventError> {
        Ok(StockOutForecast {
            envelope: self.envelope()?,
            product_id: id("productId", self.product_id)?,
            level: required("level", self.level)?,
            units_per_day: required("unitsPerDay", self.units_per_day)?,
            days_left: required("daysLeft", self.days_left)?,
            lead_time_days: required("leadTimeDays", self.lead_time_days)?,
        })
    }

    fn anomaly(mut self) -> Result<Anomaly, EventError> {
        Ok(Anomaly {
            envelope: self.envelope()?,
            metric: id("metric", self.metric)?,
            window_start_ms: required("windowStartMs", self.window_start_ms)?,
            value: required("value", self.value)?,
            expected: required("expected", self.expected)?,
            score: required("score", self.score)?,
        })
    }
}
