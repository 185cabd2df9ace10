//! Everything that recommends, behind one trait, and the rules of a shop that come after the scores.
//!
//! | recommender | knows | use |
//! |---|---|---|
//! | [`AlsRecommender`] | factors | personal lists, similar items |
//! | [`Ease`] | a dense item × item matrix | the best single model of a small catalogue |
//! | [`Neighbours`] | similar items of each item | bought together, item-kNN |
//! | [`Popularity`] | one number for each item | fallback, prior, trending |
//! | [`Blend`] | several of them | the best lists offline |
//! | [`Personal`] | factors and what sells now | what a shop serves, within a millisecond |
//!
//! ```
//! use tillstream_models::{
//!     interactions::{Interactions, Row},
//!     recommenders::{ExcludeBought, ItemSet, NeighbourParams, Neighbours, Profile, Recommender, Shortlist, Similarity},
//! };
//!
//! let cells = [(0, 0, 1.0), (0, 1, 1.0), (1, 0, 1.0), (1, 1, 1.0), (2, 1, 1.0), (2, 2, 1.0)];
//! let baskets = Interactions::from_cells(3, 4, &cells)?;
//! let together = Neighbours::new(&baskets, &NeighbourParams::co_purchase(Similarity::Jaccard).min_support(1));
//!
//! let bought = Row { items: &[0], weights: &[1.0] };
//! let mut scores = vec![0.0; together.items()];
//! together.score(&[Profile { user: None, history: bought }], &mut scores);
//! let replenishable = ItemSet::default();
//! let rule = ExcludeBought { bought: bought.items, replenishable: &replenishable };
//! let list = Shortlist::new(2).rule(&rule).min_score(0.01).pick(&scores);
//! assert_eq!(list, [(1, 2.0 / 3.0)]); // two of the three baskets with 0 or 1 hold both
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod als;
mod blend;
mod ease;
mod neighbours;
mod personal;
mod popularity;
mod quantized;
mod recommender;
mod rules;
mod similarity;
mod top;

pub use als::AlsRecommender;
pub use blend::{Blend, standardize};
pub use ease::{Ease, EaseError, EaseParams};
pub use neighbours::{NeighbourParams, Neighbours};
pub use personal::Personal;
pub use popularity::Popularity;
pub use recommender::{Profile, Recommender};
pub use rules::{Diversity, ExcludeBought, ItemSet, Rule, Shortlist};
pub use similarity::Similarity;
pub use top::top;

#[cfg(test)]
mod tests;
