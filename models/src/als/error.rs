//! Why there is no model.

/// Why a model was not trained.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AlsError {
    /// A parameter is outside its range.
    #[error("ALS parameter `{name}` is {value}; it must be {expected}")]
    Parameter {
        /// The parameter.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What would be accepted.
        expected: &'static str,
    },
    /// A warm sweep was asked for on data that has lost users or items the model knows.
    #[error("the model knows {known} {what}s but the data has {found}: indices must stay, new ones go to the end")]
    Shrunk {
        /// `user` or `item`.
        what: &'static str,
        /// How many the model knows.
        known: usize,
        /// How many the data has.
        found: usize,
    },
    /// A warm sweep with another number of factors than the model has.
    #[error("the model has {found} factors, the parameters ask for {expected}: train from the start instead")]
    Dimension {
        /// What the parameters say.
        expected: usize,
        /// What the model has.
        found: usize,
    },
    /// What linfa itself refuses.
    #[error(transparent)]
    Linfa(#[from] linfa::Error),
}
