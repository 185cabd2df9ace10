//! One invoice: from its rows to the events it stands for.

use rand::{Rng, RngExt};
use tillstream_models::events::{
    Country, Currency, Envelope, EventError, InventoryEvent, InventoryFailed, InventoryReserved, MissingStock, Money,
    OrderEvent, OrderLine, OrderPlaced, OrderReturned, PaymentCompleted, PaymentEvent, PaymentFailed, PaymentRefunded,
    StockAdjusted, StockItem,
};

use super::row::{Row, RowKind};
use crate::ShopRecord;

/// How long after the order its goods are reserved, in milliseconds.
const RESERVED_AFTER_MS: std::ops::Range<i64> = 500..5_000;
/// How long after the order or return its money moves, in milliseconds.
const PAID_AFTER_MS: std::ops::Range<i64> = 1_000..60_000;

/// The rows of one invoice; never empty.
#[derive(Debug)]
pub(super) struct Invoice {
    number: String,
    /// The minute of its first row, which is when all of it happened.
    at_ms: i64,
    customer: Option<String>,
    country: Country,
    rows: Vec<Row>,
}

/// How the legs of an order turn out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Succeeds,
    OutOfStock,
    Declined,
    /// The reservation never comes.
    InventorySilent,
    /// The payment never comes.
    PaymentSilent,
}

impl Invoice {
    /// The invoice that begins with this row.
    pub(super) fn begin(row: Row) -> Self {
        Self {
            number: row.invoice.clone(),
            at_ms: row.at_ms,
            customer: row.customer.clone(),
            country: row.country,
            rows: vec![row],
        }
    }

    pub(super) fn number(&self) -> &str {
        &self.number
    }

    pub(super) fn at_ms(&self) -> i64 {
        self.at_ms
    }

    pub(super) fn push(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// Whether the invoice has an order.
    pub(super) fn has_order(&self) -> bool {
        self.rows.iter().any(|row| row.kind() == RowKind::Sale)
    }

    /// The order of the sale rows and what came of it.
    pub(super) fn order(&self, outcome: Outcome, rng: &mut impl Rng) -> Result<Order, EventError> {
        let items = self.lines(RowKind::Sale);
        let total = OrderLine::total(&items)?;
        let reserved_at = self.at_ms + rng.random_range(RESERVED_AFTER_MS);
        let paid_at = self.at_ms + rng.random_range(PAID_AFTER_MS);
        let mut records = Vec::with_capacity(3);
        if outcome != Outcome::InventorySilent {
            records.push(ShopRecord::of(&self.inventory_leg(&items, outcome, reserved_at)));
        }
        if outcome != Outcome::PaymentSilent {
            records.push(ShopRecord::of(&self.payment_leg(total, outcome, paid_at)));
        }
        let user_id = match &self.customer {
            Some(customer) => customer.as_str().into(),
            None => format!("guest-{}", self.number).into(),
        };
        records.push(ShopRecord::of(&OrderEvent::Placed(OrderPlaced {
            envelope: self.envelope("o", 1, self.at_ms),
            order_id: self.number.as_str().into(),
            user_id,
            country: Some(self.country),
            currency: Currency::GBP,
            items,
            total,
        })));
        Ok(Order { total, records })
    }

    /// The return of the cancellation rows and the refund.
    pub(super) fn returned(&self, rng: &mut impl Rng) -> Result<Order, EventError> {
        let items = self.lines(RowKind::Cancellation);
        let total = OrderLine::total(&items)?;
        let order_id: Box<str> = self.number.as_str().into();
        let refunded_at = self.at_ms + rng.random_range(PAID_AFTER_MS);
        let refunded = PaymentEvent::Refunded(PaymentRefunded {
            envelope: self.envelope("f", 1, refunded_at),
            order_id: order_id.clone(),
            payment_id: None,
            amount: total,
            currency: Currency::GBP,
        });
        let returned = OrderEvent::Returned(OrderReturned {
            envelope: self.envelope("r", 1, self.at_ms),
            order_id,
            user_id: self.customer.as_deref().map(Into::into),
            country: Some(self.country),
            currency: Currency::GBP,
            items,
            total,
        });
        Ok(Order { total, records: vec![ShopRecord::of(&returned), ShopRecord::of(&refunded)] })
    }

    /// A stock adjustment for each row that is neither sale nor cancellation.
    pub(super) fn adjustments(&self) -> impl Iterator<Item = ShopRecord> {
        let rows = self.rows.iter().filter(|row| row.kind() == RowKind::Adjustment);
        rows.zip(1..).map(|(row, number)| {
            ShopRecord::of(&InventoryEvent::Adjusted(StockAdjusted {
                envelope: self.envelope("s", number, self.at_ms),
                product_id: row.product_id.as_str().into(),
                delta: row.quantity,
                cause: Some("adjustment".into()),
            }))
        })
    }

    fn inventory_leg(&self, items: &[OrderLine], outcome: Outcome, at_ms: i64) -> InventoryEvent {
        let envelope = self.envelope("i", 1, at_ms);
        let order_id = self.number.as_str().into();
        if outcome == Outcome::OutOfStock {
            let missing =
                items.first().map(|line| MissingStock { product_id: line.product_id.clone(), missing: line.quantity });
            let items = missing.into_iter().collect();
            let reason = Some("out of stock".into());
            return InventoryEvent::Failed(InventoryFailed { envelope, order_id, reason, items });
        }
        let item = |line: &OrderLine| StockItem { product_id: line.product_id.clone(), quantity: line.quantity };
        let items = items.iter().map(item).collect();
        InventoryEvent::Reserved(InventoryReserved { envelope, order_id, items })
    }

    fn payment_leg(&self, amount: Money, outcome: Outcome, at_ms: i64) -> PaymentEvent {
        let envelope = self.envelope("p", 1, at_ms);
        let order_id = self.number.as_str().into();
        if outcome == Outcome::Declined {
            let reason = Some("card declined".into());
            return PaymentEvent::Failed(PaymentFailed { envelope, order_id, reason });
        }
        PaymentEvent::Completed(PaymentCompleted {
            envelope,
            order_id,
            payment_id: Some(format!("pay_{}", self.number).into()),
            amount,
            currency: Currency::GBP,
        })
    }

    /// Each row of a kind as one line: a product named twice stays two lines.
    fn lines(&self, kind: RowKind) -> Vec<OrderLine> {
        let rows = self.rows.iter().filter(|row| row.kind() == kind);
        rows.map(|row| OrderLine {
            product_id: row.product_id.as_str().into(),
            name: row.name.as_str().into(),
            category: row.category.into(),
            // A return counts what came back; the file writes it as negative.
            quantity: row.quantity.saturating_abs(),
            unit_price: row.unit_price,
        })
        .collect()
    }

    fn envelope(&self, prefix: &str, number: u32, at_ms: i64) -> Envelope {
        Envelope::new(format!("{prefix}-{}-{number}", self.number), at_ms)
    }
}

/// An order or a return: what it is worth, and its records.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) total: Money,
    pub(super) records: Vec<ShopRecord>,
}
