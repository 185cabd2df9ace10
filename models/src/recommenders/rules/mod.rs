//! What a shop adds to scores: what may be shown, and how lists are kept varied.

mod diversity;
mod item_set;
mod rule;
mod shortlist;

pub use diversity::Diversity;
pub use item_set::ItemSet;
pub use rule::{ExcludeBought, Rule};
pub use shortlist::Shortlist;
