//! Offline evaluation: how good a recommender is on data it has not seen.
//!
//! Everything but the command line: [`Files`] are read to a [`Dataset`], a [`ModelSpec`] is fitted to its training
//! half, and what comes out is a [`Report`]. The same data, parameters and seed give the same figures; only times differ.
//!
//! Hyper-parameters are chosen on a part of the training data ([`search`], and the weights of a blend), never on the
//! held-out pairs a report is about.
//!
//! ```
//! use tillstream_models::evaluation::{Dataset, ModelSpec, Options, Protocol, evaluate};
//!
//! let train = "user,item\nann,cup\nann,saucer\nbob,cup\nbob,saucer\ncid,cup\ncid,saucer\n";
//! let dataset = Dataset::from_text(train, "dot,saucer\n", Some("dot,cup\n"))?;
//! let model = ModelSpec::named("item-knn")?;
//! let report = evaluate(&dataset, &model, Protocol::Strong, &Options::default(), &mut |_| {})?;
//! assert_eq!(report.metrics.recall[&10], 1.0); // who has the cup is offered the saucer
//! # Ok::<(), tillstream_models::evaluation::EvaluationError>(())
//! ```

mod blend_weights;
mod cases;
mod dataset;
mod error;
mod fit;
mod grid;
mod measure;
mod metrics;
mod model_spec;
mod negatives;
mod pairs;
mod protocol;
mod report;
mod training;
mod validation;

pub use dataset::{Dataset, Files};
pub use error::EvaluationError;
pub use fit::{Fitted, fit};
pub use grid::{Grid, GridPoint, search};
pub use measure::holdout;
pub use metrics::Metrics;
pub use model_spec::{BlendParams, ModelSpec};
pub use pairs::{Pair, PairsError, read_pairs};
pub use protocol::{Options, Progress, Protocol, evaluate};
pub use report::Report;
pub use training::Training;

#[cfg(test)]
mod tests;
