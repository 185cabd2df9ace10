//! The shop: an event log turned into answers, built on the public DSL alone.
//!
//! | answer | written by | read with |
//! |---|---|---|
//! | what became of an order | [`order_saga`] | [`Answers::order`], [`Answers::orders`] |
//! | orders by status | [`order_counts`] | [`Answers::orders_by_status`] |
//! | revenue, orders, units, average order value, cancellations | [`revenue`] | [`Answers::metric`], [`Answers::figures`] |
//! | best sellers | [`best_sellers`] | [`Answers::top_products`] |
//! | bought together | [`co_purchase`] | [`Answers::bought_together`], [`Answers::pairs`] |
//! | stock | [`stock`] | [`Answers::stock`] |
//! | visits, the funnel, conversion | [`visits`] | [`Answers::funnel`], [`Answers::metric`] |
//! | what came of an experiment | [`experiments`] | [`Answers::experiment`] |
//! | hours that stand out | [`anomalies`] | [`Answers::anomalies`] |
//! | what to show next | models trained elsewhere | [`recommendations::Recommendations`] |
//! | what customers are worth, their segments, who is about to leave | [`customers`] | [`Answers::customer_profile`], [`Answers::segmentation`] |
//! | who dealt with what | [`interactions`] | [`Answers::customer`], [`Answers::customers`] |
//!
//! [`shop::topology`] assembles them, [`shop::topics`] names the topics they need. Nothing here knows a log, a thread, a clock or a
//! configuration file.
#![forbid(unsafe_code)]

mod settings;
pub mod shop;
mod topics;

mod days;
mod event_time;
mod received;
mod shared_text;
mod varint;

pub mod anomalies;
pub mod best_sellers;
pub mod co_purchase;
pub mod customers;
mod deduplicate;
pub mod experiments;
pub mod interactions;
pub mod order_counts;
pub mod order_saga;
pub mod recommendations;
pub mod revenue;
mod sales;
pub mod stock;
pub mod visits;

mod read;

pub use order_saga::{Order, OrderFilter, OrderPage, Status};
pub use read::{Answers, AsOf, ReadError, shown_key, shown_value, stored_key};
pub use sales::{Line, SaleKind, SalesFact};
pub use settings::{ShopSettings, Topics};
