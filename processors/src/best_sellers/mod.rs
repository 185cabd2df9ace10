//! What sells best: rankings over the hours of each product.

mod labels;
mod ranking;

pub(crate) use labels::wire;
pub use labels::{Label, PRODUCTS};
pub use ranking::{RankBy, Ranked, RankingQuery};
