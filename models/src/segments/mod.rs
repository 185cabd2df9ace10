//! Kinds of customers: k-means over when, how often and for how much they bought, with plain names.
//!
//! ```
//! use tillstream_models::{events::Currency, segments::{Buyer, SegmentParams}};
//!
//! let buyer = |recency_days, orders, spent| Buyer { currency: Currency::GBP, recency_days, orders, spent };
//! let mut buyers = vec![buyer(2.0, 40.0, 9_000.0); 30];
//! buyers.extend(vec![buyer(300.0, 1.0, 20.0); 30]);
//! let segments = SegmentParams::default().fit(&buyers)?;
//! let name = |buyer: Buyer| segments.of(&buyer).map(|segment| segment.name.as_str());
//! assert_eq!(name(buyer(3.0, 38.0, 8_500.0)), Some("champions"));
//! assert_eq!(name(buyer(280.0, 1.0, 25.0)), Some("lost"));
//! # Ok::<(), tillstream_models::segments::SegmentError>(())
//! ```

mod buyer;
mod error;
mod file;
mod fit;
mod k_means;
mod names;
mod scale;
mod segment;

pub use buyer::Buyer;
pub use error::SegmentError;
pub use file::{SegmentCard, SegmentModel};
pub use fit::SegmentParams;
pub use names::NAMES;
pub use segment::{Segment, Segments};
