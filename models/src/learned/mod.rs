//! A trained model with the names of its rows: what is published, loaded and served.

mod error;
mod file;
mod learned_model;

pub use error::LearnedError;
pub use file::FORMAT_VERSION;
pub use learned_model::{Card, Demand, LearnedModel};

#[cfg(test)]
mod tests;
