//! The tables there are, one file each.
//!
//! A table is a list of columns over rows of a Rust type and a function that shows its rows. Everything SQL is elsewhere:
//! this folder knows Arrow's arrays, and nothing of DataFusion.

mod about;
mod catalog;
mod column;
mod keyed;
mod listed;
mod rows;
mod state;
mod wanted;

mod anomalies;
mod co_purchases;
mod customers;
mod experiments;
mod funnel;
mod order_items;
mod orders;
mod orders_by_status;
mod products;
mod recommendations;
mod revenue;
mod segments;
mod stock;
mod store;
mod sys;
mod top_products;
mod topics;

pub use about::{About, ColumnAbout};
pub use catalog::Catalog;
pub use column::Kind;
pub(crate) use rows::{Batches, Sink};
pub use state::{Setting, State};
pub(crate) use wanted::{Bound, Literal, Wanted};

use std::fmt::Debug;

use crate::error::SqlError;

/// A table: what it is, and how its rows are shown.
pub(crate) trait Table: Debug + Send + Sync {
    /// Name, columns, keys.
    fn about(&self) -> &About;

    /// Hands the rows that are wanted to `sink`, in batches, until it wants no more. More rows than wanted may be shown, never
    /// fewer. Blocks on the disk.
    fn scan(&self, state: &State, wanted: &Wanted, sink: &mut dyn Sink) -> Result<(), SqlError>;
}
