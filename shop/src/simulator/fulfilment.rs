//! What follows an order: the two legs of the saga, stock, shipping.
//!
//! The services undo a failed order by themselves, a while after the failure, as they would when
//! asked by a compensation: the simulator writes and does not listen. Where a leg is silent, the
//! other is undone as long after the order as the saga waits.

use std::ops::Range;

use rand::{Rng, RngExt};
use tillstream_models::events::{
    Currency, InventoryEvent, InventoryFailed, InventoryReleased, InventoryReserved, MissingStock, Money,
    OrderDelivered, OrderEvent, OrderLine, OrderPlaced, OrderShipped, PaymentCompleted, PaymentEvent, PaymentFailed,
    PaymentRefunded, StockAdjusted, StockItem,
};

use super::Simulator;
use super::returns::Return;
use super::shoppers::Shopper;
use super::visit::CartLine;

/// Delays after the step before, in milliseconds at the pace of life.
const RESERVE_MS: Range<i64> = 500..5_000;
const PAY_MS: Range<i64> = 1_000..60_000;
const UNDO_MS: Range<i64> = 30_000..120_000;
const SHIP_MS: Range<i64> = 120_000..600_000;
const DELIVER_MS: Range<i64> = 600_000..1_200_000;
const RESTOCK_MS: Range<i64> = 60_000..600_000;
/// Share of delivered orders of which something comes back.
const RETURN_SHARE: f64 = 0.03;

/// One order on its way.
struct Order<'a> {
    id: Box<str>,
    shopper: &'a Shopper,
    cart: &'a [CartLine],
    lines: Vec<OrderLine>,
    total: Money,
}

/// How one leg turns out, and when.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leg {
    Succeeds(i64),
    Fails(i64),
    Silent,
}

impl Simulator {
    /// Places an order and plans all that follows from it.
    pub(super) fn order(&mut self, placed_ms: i64, id: Box<str>, shopper: &Shopper, cart: &[CartLine]) {
        let lines: Vec<OrderLine> =
            cart.iter().filter_map(|(place, quantity)| self.catalogue.line(*place, *quantity)).collect();
        // A few lines of at most 80.00 cannot overflow; were they to, nothing is ordered.
        let Ok(total) = OrderLine::total(&lines) else { return };
        let order = Order { id, shopper, cart, lines, total };
        self.place(placed_ms, &order);
        let (inventory, payment) = self.legs(placed_ms, cart);
        self.play_inventory(inventory, &order);
        self.play_payment(payment, &order);
        match (inventory, payment) {
            (Leg::Succeeds(reserved_ms), Leg::Succeeds(paid_ms)) => {
                self.ship(reserved_ms.max(paid_ms), &order);
            }
            (Leg::Succeeds(reserved_ms), Leg::Fails(failed_ms)) => {
                self.release(reserved_ms.max(failed_ms), &order);
            }
            (Leg::Fails(failed_ms), Leg::Succeeds(paid_ms)) => {
                self.refund(failed_ms.max(paid_ms), &order);
            }
            (Leg::Succeeds(_), Leg::Silent) => self.release(placed_ms + self.config.saga_timeout_ms, &order),
            (Leg::Silent, Leg::Succeeds(_)) => self.refund(placed_ms + self.config.saga_timeout_ms, &order),
            _ => {}
        }
    }

    fn place(&mut self, placed_ms: i64, order: &Order<'_>) {
        let placed = OrderEvent::Placed(OrderPlaced {
            envelope: self.publisher.envelope(placed_ms),
            order_id: order.id.clone(),
            user_id: order.shopper.user_id.clone(),
            country: order.shopper.country,
            currency: order.currency(),
            items: order.lines.clone(),
            total: order.total,
        });
        self.publisher.publish(placed_ms, &placed);
    }

    /// Draws how the legs turn out. Every order draws alike, whatever the shares are, so that
    /// another share makes other orders fail but does not make another shop.
    fn legs(&mut self, placed_ms: i64, cart: &[CartLine]) -> (Leg, Leg) {
        let (config, rng) = (&self.config, &mut self.rng);
        let out_of_stock = rng.random::<f64>() < config.stock_failure_share
            || cart.iter().any(|(place, quantity)| self.catalogue.missing(*place, *quantity) > 0);
        let declined = rng.random::<f64>() < config.payment_failure_share;
        let silent = rng.random::<f64>() < config.timeout_share;
        let inventory_is_silent = rng.random::<bool>();
        let reserved_ms = placed_ms + delay(RESERVE_MS, config.pace(), rng);
        let paid_ms = placed_ms + delay(PAY_MS, config.pace(), rng);
        let inventory = match out_of_stock {
            _ if silent && inventory_is_silent => Leg::Silent,
            true => Leg::Fails(reserved_ms),
            false => Leg::Succeeds(reserved_ms),
        };
        let payment = match declined {
            _ if silent && !inventory_is_silent => Leg::Silent,
            true => Leg::Fails(paid_ms),
            false => Leg::Succeeds(paid_ms),
        };
        (inventory, payment)
    }

    fn play_inventory(&mut self, leg: Leg, order: &Order<'_>) {
        match leg {
            Leg::Succeeds(at_ms) => {
                let reserved = InventoryEvent::Reserved(InventoryReserved {
                    envelope: self.publisher.envelope(at_ms),
                    order_id: order.id.clone(),
                    items: order.stock_items(),
                });
                self.publisher.publish(at_ms, &reserved);
                for (place, quantity) in order.cart {
                    self.move_stock(at_ms, *place, -quantity, "sale");
                }
            }
            Leg::Fails(at_ms) => {
                let failed = InventoryEvent::Failed(InventoryFailed {
                    envelope: self.publisher.envelope(at_ms),
                    order_id: order.id.clone(),
                    reason: Some("out of stock".into()),
                    items: order.missing(),
                });
                self.publisher.publish(at_ms, &failed);
            }
            Leg::Silent => {}
        }
    }

    fn play_payment(&mut self, leg: Leg, order: &Order<'_>) {
        match leg {
            Leg::Succeeds(at_ms) => {
                let completed = PaymentEvent::Completed(PaymentCompleted {
                    envelope: self.publisher.envelope(at_ms),
                    order_id: order.id.clone(),
                    payment_id: Some(order.payment_id()),
                    amount: order.total,
                    currency: order.currency(),
                });
                self.publisher.publish(at_ms, &completed);
            }
            Leg::Fails(at_ms) => {
                let failed = PaymentEvent::Failed(PaymentFailed {
                    envelope: self.publisher.envelope(at_ms),
                    order_id: order.id.clone(),
                    reason: Some("card declined".into()),
                });
                self.publisher.publish(at_ms, &failed);
            }
            Leg::Silent => {}
        }
    }

    fn ship(&mut self, ready_ms: i64, order: &Order<'_>) {
        let shipped_ms = ready_ms + self.delay(SHIP_MS);
        let shipped = OrderEvent::Shipped(OrderShipped {
            envelope: self.publisher.envelope(shipped_ms),
            order_id: order.id.clone(),
            tracking_id: Some(format!("t-{}", order.id).into()),
        });
        self.publisher.publish(shipped_ms, &shipped);
        let delivered_ms = shipped_ms + self.delay(DELIVER_MS);
        let delivered = OrderEvent::Delivered(OrderDelivered {
            envelope: self.publisher.envelope(delivered_ms),
            order_id: order.id.clone(),
        });
        self.publisher.publish(delivered_ms, &delivered);
        if self.rng.random_bool(RETURN_SHARE)
            && let Some(line) = order.lines.first()
        {
            self.returns.push(Return {
                delivered_ms,
                order_id: order.id.clone(),
                user_id: order.shopper.user_id.clone(),
                country: order.shopper.country,
                currency: order.currency(),
                line: line.clone(),
            });
        }
    }

    fn release(&mut self, failed_ms: i64, order: &Order<'_>) {
        let at_ms = failed_ms + self.delay(UNDO_MS);
        let released = InventoryEvent::Released(InventoryReleased {
            envelope: self.publisher.envelope(at_ms),
            order_id: order.id.clone(),
            items: order.stock_items(),
        });
        self.publisher.publish(at_ms, &released);
        for (place, quantity) in order.cart {
            self.move_stock(at_ms, *place, *quantity, "release");
        }
    }

    fn refund(&mut self, failed_ms: i64, order: &Order<'_>) {
        let at_ms = failed_ms + self.delay(UNDO_MS);
        let refunded = PaymentEvent::Refunded(PaymentRefunded {
            envelope: self.publisher.envelope(at_ms),
            order_id: order.id.clone(),
            payment_id: Some(order.payment_id()),
            amount: order.total,
            currency: order.currency(),
        });
        self.publisher.publish(at_ms, &refunded);
    }

    /// Changes a product's stock, and has it delivered when little is left.
    fn move_stock(&mut self, at_ms: i64, place: usize, delta: i32, cause: &'static str) {
        self.adjust(at_ms, place, delta, cause);
        if let Some(delivery) = self.catalogue.move_stock(place, delta) {
            let delivered_ms = at_ms + self.delay(RESTOCK_MS);
            self.adjust(delivered_ms, place, delivery, "delivery");
        }
    }

    fn adjust(&mut self, at_ms: i64, place: usize, delta: i32, cause: &'static str) {
        let adjusted = InventoryEvent::Adjusted(StockAdjusted {
            envelope: self.publisher.envelope(at_ms),
            product_id: self.catalogue.id(place),
            delta,
            cause: Some(cause.into()),
        });
        self.publisher.publish(at_ms, &adjusted);
    }

    fn delay(&mut self, range: Range<i64>) -> i64 {
        delay(range, self.config.pace(), &mut self.rng)
    }
}

/// A delay of the range, at the pace.
pub(super) fn delay(range: Range<i64>, pace: f64, rng: &mut impl Rng) -> i64 {
    (rng.random_range(range) as f64 * pace) as i64
}

impl Order<'_> {
    fn currency(&self) -> Currency {
        self.shopper.currency
    }

    fn payment_id(&self) -> Box<str> {
        format!("pay-{}", self.id).into()
    }

    fn stock_items(&self) -> Vec<StockItem> {
        let item = |line: &OrderLine| StockItem { product_id: line.product_id.clone(), quantity: line.quantity };
        self.lines.iter().map(item).collect()
    }

    /// What a refused reservation says is missing: the first line.
    fn missing(&self) -> Vec<MissingStock> {
        let missing = |line: &OrderLine| MissingStock { product_id: line.product_id.clone(), missing: line.quantity };
        self.lines.first().map(missing).into_iter().collect()
    }
}
