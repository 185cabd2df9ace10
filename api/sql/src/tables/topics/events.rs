//! Typed columns of the shop's events. What a record does not say, or says wrongly, is null.

use super::LogRecord;
use super::record::{KEY, OFFSET, PARTITION, TIMESTAMP, VALUE};
use crate::tables::column::{Column, Kind};

const TYPE: Column<LogRecord> =
    Column::optional("type", Kind::Text, "Type of the event, such as OrderPlaced.", |row| row.text("type"));
const EVENT_ID: Column<LogRecord> =
    Column::optional("event_id", Kind::Text, "Id of the event; a repeat has the same.", |row| row.text("eventId"));
const AT: Column<LogRecord> = Column::optional("at", Kind::Time, "When it happened.", |row| row.time("at"));
const ORDER_ID: Column<LogRecord> = Column::optional("order_id", Kind::Text, "The order.", |row| row.text("orderId"));
const USER_ID: Column<LogRecord> = Column::optional("user_id", Kind::Text, "Who.", |row| row.text("userId"));
const PRODUCT_ID: Column<LogRecord> =
    Column::optional("product_id", Kind::Text, "The product.", |row| row.text("productId"));
const COUNTRY: Column<LogRecord> =
    Column::optional("country", Kind::Text, "Where to or from, ISO 3166-1.", |row| row.text("country"));
const CURRENCY: Column<LogRecord> =
    Column::optional("currency", Kind::Text, "The currency of the amounts, ISO 4217.", |row| row.text("currency"));
const TOTAL: Column<LogRecord> =
    Column::optional("total", Kind::Money, "What is to be paid or refunded, where the event says so.", |row| {
        row.money("total")
    });
const AMOUNT: Column<LogRecord> = Column::optional("amount", Kind::Money, "The amount.", |row| row.money("amount"));
const ITEMS: Column<LogRecord> =
    Column::optional("items", Kind::Integer, "Number of lines; `value` has them.", |row| row.length("items"));
const REASON: Column<LogRecord> = Column::optional("reason", Kind::Text, "Why.", |row| row.text("reason"));
const QUANTITY: Column<LogRecord> =
    Column::optional("quantity", Kind::Integer, "How many.", |row| row.integer("quantity"));
const DELTA: Column<LogRecord> =
    Column::optional("delta", Kind::Integer, "By how many the stock changed.", |row| row.integer("delta"));
const PAYMENT_ID: Column<LogRecord> =
    Column::optional("payment_id", Kind::Text, "The payment service's number.", |row| row.text("paymentId"));
const SESSION_ID: Column<LogRecord> =
    Column::optional("session_id", Kind::Text, "The visit.", |row| row.text("sessionId"));
const QUERY: Column<LogRecord> =
    Column::optional("query", Kind::Text, "What was searched for.", |row| row.text("query"));
const NAME: Column<LogRecord> = Column::optional("name", Kind::Text, "The product's name.", |row| row.text("name"));
const CATEGORY: Column<LogRecord> =
    Column::optional("category", Kind::Text, "The product's category.", |row| row.text("category"));

pub(super) const ORDERS: &[Column<LogRecord>] = &[
    PARTITION, OFFSET, TIMESTAMP, KEY, VALUE, TYPE, EVENT_ID, AT, ORDER_ID, USER_ID, COUNTRY, CURRENCY, TOTAL, ITEMS,
    REASON,
];
pub(super) const INVENTORY: &[Column<LogRecord>] = &[
    PARTITION, OFFSET, TIMESTAMP, KEY, VALUE, TYPE, EVENT_ID, AT, ORDER_ID, PRODUCT_ID, QUANTITY, DELTA, ITEMS, REASON,
];
pub(super) const PAYMENTS: &[Column<LogRecord>] =
    &[PARTITION, OFFSET, TIMESTAMP, KEY, VALUE, TYPE, EVENT_ID, AT, ORDER_ID, PAYMENT_ID, AMOUNT, CURRENCY, REASON];
pub(super) const ACTIVITY: &[Column<LogRecord>] = &[
    PARTITION, OFFSET, TIMESTAMP, KEY, VALUE, TYPE, EVENT_ID, AT, USER_ID, SESSION_ID, PRODUCT_ID, QUANTITY, QUERY,
    ORDER_ID,
];
pub(super) const NOTIFICATIONS: &[Column<LogRecord>] =
    &[PARTITION, OFFSET, TIMESTAMP, KEY, VALUE, TYPE, EVENT_ID, AT, USER_ID, ORDER_ID, PRODUCT_ID, REASON];
pub(super) const PRODUCTS: &[Column<LogRecord>] =
    &[PARTITION, OFFSET, TIMESTAMP, KEY, VALUE, TYPE, EVENT_ID, AT, PRODUCT_ID, NAME, CATEGORY];
