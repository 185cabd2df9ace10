//! Learning while the shop sells: reads what customers did from committed state, trains a recommender beside the stream
//! threads, and hands models round on a compacted topic.
//!
//! ```text
//! committed state ── Trainer (one instance) ── Gate ── models topic ── follower (every instance) ── Recommendations
//! ```
//!
//! | to find | look in |
//! |---|---|
//! | what a model is trained and judged on | [`Examples`] |
//! | warm sweep or full training, and what is kept back | [`Trainer`], [`Gate`] |
//! | models as records | `topic` |
//! | the threads | [`Learning`] |
#![forbid(unsafe_code)]

mod error;
mod examples;
mod exposures;
mod following;
mod gate;
mod latest;
mod learning;
mod metrics;
mod numbering;
mod prequential;
mod segmenting;
mod settings;
mod shared;
pub mod topic;
mod trainer;
mod training;

pub use error::LearningError;
pub use examples::Examples;
pub use gate::{Gate, Refusal};
pub use latest::serve_latest;
pub use learning::{Learning, Parts};
pub use numbering::Numbering;
pub use prequential::Prequential;
pub use settings::LearningSettings;
pub use trainer::{Moment, Outcome, Trained, Trainer};

#[cfg(test)]
mod tests;
