//! Ids, prices and payloads in the benchmark's own format.

use super::SplittableRandom;

const CATEGORIES: [&str; 24] = [
    "electronics",
    "computers",
    "phones",
    "audio",
    "photo",
    "gaming",
    "books",
    "music",
    "film",
    "toys",
    "baby",
    "garden",
    "tools",
    "kitchen",
    "furniture",
    "lighting",
    "sports",
    "outdoor",
    "shoes",
    "women",
    "men",
    "beauty",
    "grocery",
    "pets",
];

/// One line of an order: a product and how many of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) sku: usize,
    pub(super) quantity: i32,
}

impl Line {
    /// What the line costs, in minor units.
    pub(super) fn amount(self) -> i64 {
        i64::from(self.quantity) * price(self.sku)
    }
}

/// Draws one of the names.
pub(super) fn pick(names: &[&'static str], random: &mut SplittableRandom) -> &'static str {
    let count = i32::try_from(names.len()).unwrap_or(i32::MAX);
    let at = usize::try_from(random.below(count)).unwrap_or(0);
    names.get(at).copied().unwrap_or_default()
}

pub(super) fn order_id(order: u32) -> String {
    format!("o-{order:010}")
}

pub(super) fn user_id(user: usize) -> String {
    format!("u-{user:08}")
}

fn sku_id(sku: usize) -> String {
    format!("SKU-{sku:05}")
}

/// A price of 1.99 to 201.98 in minor units, spread over the products by a multiplicative hash.
fn price(sku: usize) -> i64 {
    199 + i64::from((sku as u32).wrapping_mul(0x85EB_CA6B) >> 7) % 20_000
}

fn category(sku: usize) -> &'static str {
    let hash = (sku as u32).wrapping_mul(0x9E37_79B1) >> 8;
    CATEGORIES.get(hash as usize % CATEGORIES.len()).copied().unwrap_or_default()
}

pub(super) fn order(order: u32, user: usize, at_ms: i64, currency: &str, lines: &[Line], total: i64) -> Vec<u8> {
    let (order, user) = (order_id(order), user_id(user));
    let mut json =
        format!(r#"{{"order_id":"{order}","user_id":"{user}","ts":{at_ms},"currency":"{currency}","lines":["#);
    for (at, line) in lines.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        let (sku, category, price) = (sku_id(line.sku), category(line.sku), price(line.sku));
        let quantity = line.quantity;
        json.push_str(&format!(
            r#"{comma}{{"sku":"{sku}","category":"{category}","qty":{quantity},"unit_minor":{price}}}"#
        ));
    }
    json.push_str(&format!(r#"],"total_minor":{total}}}"#));
    json.into_bytes()
}

pub(super) fn payment(order: u32, at_ms: i64, amount: i64, succeeds: bool) -> Vec<u8> {
    let kind = if succeeds { "payment_completed" } else { "payment_failed" };
    let order = order_id(order);
    format!(r#"{{"type":"{kind}","order_id":"{order}","ts":{at_ms},"amount_minor":{amount}}}"#).into_bytes()
}

pub(super) fn inventory(order: u32, at_ms: i64, line: Line, succeeds: bool) -> Vec<u8> {
    let kind = if succeeds { "inventory_reserved" } else { "inventory_failed" };
    let (order, sku, quantity) = (order_id(order), sku_id(line.sku), line.quantity);
    format!(r#"{{"type":"{kind}","order_id":"{order}","ts":{at_ms},"sku":"{sku}","qty":{quantity}}}"#).into_bytes()
}

pub(super) fn activity(user: &str, at_ms: i64, kind: &str, sku: usize, session: i32) -> Vec<u8> {
    let sku = sku_id(sku);
    format!(r#"{{"user_id":"{user}","type":"{kind}","sku":"{sku}","ts":{at_ms},"session":"{session:x}"}}"#).into_bytes()
}
