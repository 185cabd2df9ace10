//! A year of real sales as a stream of shop events: the demo's data and an oracle to the penny.
//!
//! The data set *Online Retail* (Chen, D. (2015), UCI Machine Learning Repository,
//! doi 10.24432/C5BW33, CC BY 4.0) lists invoice lines of a British gift shop. From it we make:
//!
//! | rows | events |
//! |---|---|
//! | sale: quantity and price above zero, invoice not `C…` | one `OrderPlaced` an invoice, then `InventoryReserved` 0.5 to 5 s and `PaymentCompleted` 1 to 60 s later |
//! | cancellation: invoice `C…` | one `OrderReturned` an invoice, then `PaymentRefunded` 1 to 60 s later |
//! | adjustment: all others | one `StockAdjusted` a row |
//!
//! Every row becomes part of exactly one event. An order happens at the first minute of its
//! invoice (43 invoices span two); the delays come from the seed; the inventory feed is derived,
//! for the data has none. Money is exact: some prices are a tenth of a penny.
//!
//! ```no_run
//! use tillstream_shop::online_retail::{self, OnlineRetail, Options};
//!
//! for record in OnlineRetail::open(online_retail::BUNDLED_PATH, Options::default())? {
//!     let record = record?;
//!     println!("{} {}", record.topic, record.key);
//! }
//! # Ok::<(), online_retail::OnlineRetailError>(())
//! ```

mod category;
mod country;
mod invoice;
mod replay;
mod row;
mod summary;

pub use replay::{OnlineRetail, OnlineRetailError, Options};
pub use summary::Summary;

/// Where the bundled file lies in the source tree.
pub const BUNDLED_PATH: &str = "data/online_retail/online_retail.csv.gz";
/// Rows of the bundled file.
pub const BUNDLED_ROWS: u64 = 541_909;
/// Records that the bundled file becomes when no order loses a leg, for progress displays.
pub const BUNDLED_RECORDS: u64 = 70_069;
