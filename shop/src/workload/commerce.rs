//! Orders, each followed by a payment and an inventory event for every line.

use super::json::{self, Line, pick};
use super::{SKU_EXPONENT, SKUS, SplittableRandom, USER_EXPONENT, USERS, event_time, place_ms};
use crate::ShopRecord;
use crate::timeline::Timeline;
use crate::zipf::Zipf;

/// Drawn with equal chances.
const CURRENCIES: [&str; 8] = ["EUR", "EUR", "EUR", "USD", "USD", "GBP", "PLN", "SEK"];
/// Chance of at most 1, 2 … 8 lines.
const LINES: [f64; 8] = [0.20, 0.45, 0.65, 0.80, 0.90, 0.95, 0.98, 1.0];
/// An hour late, as one payment in a hundred is.
const TARDY_MS: i64 = 3_600_000;

/// The generator of orders; with `orders_only` it draws all the same and publishes only orders.
#[derive(Debug)]
pub(super) struct Commerce {
    random: SplittableRandom,
    skus: Zipf,
    users: Zipf,
    n: u32,
    next: u32,
    orders_only: bool,
    /// Payments and inventory events that follow the orders so far.
    later: Timeline,
}

impl Commerce {
    pub(super) fn new(seed: i64, n: u32, orders_only: bool) -> Self {
        Self {
            random: SplittableRandom::new(seed),
            skus: Zipf::new(SKUS, SKU_EXPONENT),
            users: Zipf::new(USERS, USER_EXPONENT),
            n,
            next: 0,
            orders_only,
            later: Timeline::default(),
        }
    }

    pub(super) fn next(&mut self) -> Option<ShopRecord> {
        if self.next == self.n {
            return self.later.pop();
        }
        let place_ms = place_ms(self.next, self.n);
        // What is due in the same millisecond goes before the order.
        if let Some(record) = self.later.pop_before(place_ms + 1) {
            return Some(record);
        }
        let order = self.next;
        self.next += 1;
        Some(self.order(order, place_ms))
    }

    /// Draws an order and what follows it. The order of the draws is part of the format.
    fn order(&mut self, order: u32, place_ms: i64) -> ShopRecord {
        let lines = self.lines();
        let total = lines.iter().map(|line| line.amount()).sum();
        let user = self.users.at(self.random.unit());
        let currency = pick(&CURRENCIES, &mut self.random);
        let timestamp = event_time(place_ms, &mut self.random);
        self.plan_payment(order, place_ms, total);
        for line in &lines {
            self.plan_inventory(order, place_ms, *line);
        }
        ShopRecord {
            topic: if self.orders_only { "orders-big" } else { "orders" },
            key: json::order_id(order),
            timestamp,
            value: json::order(order, user, timestamp, currency, &lines, total),
        }
    }

    /// One to eight different products.
    fn lines(&mut self) -> Vec<Line> {
        let drawn = self.random.unit();
        let count = LINES.iter().position(|chance| *chance >= drawn).map_or(LINES.len(), |at| at + 1);
        let mut lines: Vec<Line> = Vec::with_capacity(count);
        while lines.len() < count {
            let sku = self.skus.at(self.random.unit());
            if lines.iter().all(|line| line.sku != sku) {
                lines.push(Line { sku, quantity: 1 + self.random.below(3) });
            }
        }
        lines
    }

    /// Paid one second to five minutes later, some an hour after that; 6 % are refused.
    fn plan_payment(&mut self, order: u32, place_ms: i64, total: i64) {
        let mut due_ms = place_ms + 1_000 + i64::from(self.random.below(299_000));
        if self.random.below(100) == 0 {
            due_ms += TARDY_MS;
        }
        let succeeds = self.random.below(100) >= 6;
        let timestamp = event_time(due_ms, &mut self.random);
        if !self.orders_only {
            let value = json::payment(order, timestamp, total, succeeds);
            let key = json::order_id(order);
            self.later.push(due_ms, ShopRecord { topic: "payments", key, timestamp, value });
        }
    }

    /// Reserved half a second to two minutes later; 3 % are not there.
    fn plan_inventory(&mut self, order: u32, place_ms: i64, line: Line) {
        let due_ms = place_ms + 500 + i64::from(self.random.below(119_500));
        let succeeds = self.random.below(100) >= 3;
        let timestamp = event_time(due_ms, &mut self.random);
        if !self.orders_only {
            let value = json::inventory(order, timestamp, line, succeeds);
            let key = json::order_id(order);
            self.later.push(due_ms, ShopRecord { topic: "inventory", key, timestamp, value });
        }
    }
}
