//! Dense linear algebra in `f32`, row-major, as fast as safe Rust gets: kernels are written once over vector
//! registers and picked at run time by what the processor can do.
//!
//! Sums are taken in an order that depends on sizes and register width only, never on the number of threads: on one
//! machine the same input gives the same bits.

mod cholesky;
mod cosine;
mod factors;
mod gram;
mod inverse;
mod kernels;
mod multiply;

pub(crate) use cholesky::Cholesky;
pub(crate) use cosine::{cosines, cosines_to, norms};
pub use factors::Factors;
pub(crate) use factors::padded;
pub(crate) use gram::gram;
pub(crate) use inverse::invert;
pub(crate) use kernels::{add_scaled, dot, dot_rows};
pub(crate) use multiply::{multiply_add, scores};

#[cfg(test)]
mod tests;
