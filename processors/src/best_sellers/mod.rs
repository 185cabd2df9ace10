//! What sells best: rankings over the hours of each product.

mod labels;
mod ranking;

pub(crate) use labels::SENT_LABELS;
pub(crate) use labels::wire;
pub use labels::{Label, PRODUCTS};
pub(crate) use ranking::Ranking;
pub use ranking::{RankBy, Ranked, RankingQuery, TopProducts};
