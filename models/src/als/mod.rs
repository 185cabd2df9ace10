//! Implicit alternating least squares: factors of users and items whose inner product says how well they go together.
//!
//! The loss is that of Rendle, Krichene, Zhang and Koren, "Revisiting the Performance of iALS on Item Recommendation
//! Benchmarks" (2021). With observed cells `S` of confidence `c`, user factors `w` and item factors `h`:
//!
//! ```text
//! Σ_S c·(w·h - 1)²  +  α₀ · Σ_all (w·h)²  +  λ · ( Σ_u #u^ν |w_u|²  +  Σ_i #i^ν |h_i|² )
//! #u = Σ_S c + α₀·items          #i = Σ_S c + α₀·users
//! ```
//!
//! One side is solved exactly while the other is fixed, row by row, in turns. A row is solved by a few steps of
//! conjugate gradients from where it stood before, which needs no matrix of its own; [`Solver::Cholesky`] is exact.
//!
//! The parameters are a linfa algorithm: [`Fit`](linfa::traits::Fit) trains,
//! [`FitWith`](linfa::traits::FitWith) makes one warm sweep over new data, and the [`AlsModel`] predicts.
//!
//! ```
//! use linfa::{DatasetBase, traits::Fit};
//! use tillstream_models::{als::AlsModel, interactions::Interactions};
//!
//! // Users 0 and 1 buy items 0 and 1, user 2 buys items 2 and 3; user 1 has not got item 1 yet.
//! let cells = [(0, 0, 1.0), (0, 1, 1.0), (1, 0, 1.0), (2, 2, 1.0), (2, 3, 1.0)];
//! let bought = DatasetBase::new(Interactions::from_cells(3, 4, &cells)?, ());
//! let model = AlsModel::params().factors(8).regularization(0.01).fit(&bought)?;
//! let scores = model.scores(bought.records.row(1));
//! assert!(scores[1] > scores[2] && scores[1] > scores[3]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod conjugate_gradient;
mod error;
mod explain;
mod export;
mod file;
mod fit;
mod half_sweep;
mod health;
mod loss;
mod model;
mod normal_equations;
mod params;
mod predict;

pub use error::AlsError;
pub use explain::{Explainer, Explanation};
pub use file::{FORMAT_VERSION, FileError};
pub use fit::Sweep;
pub use health::Health;
pub use model::AlsModel;
pub use params::{AlsParams, AlsValidParams, Solver};

#[cfg(test)]
mod tests;
