//! A model by name, with its parameters.

use serde::Serialize;

use super::EvaluationError;
use crate::{
    als::{AlsModel, AlsParams},
    recommenders::{EaseParams, NeighbourParams, Similarity},
};

/// What to fit.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ModelSpec {
    /// Implicit ALS.
    Als(AlsParams),
    /// EASE.
    Ease(EaseParams),
    /// Item-kNN or co-purchase.
    Neighbours(NeighbourParams),
    /// Distinct buyers.
    Popularity {},
    /// Buyers, the recent ones counting more.
    Trending {
        /// Age at which an event counts half.
        half_life_days: f64,
    },
    /// Several of them, with weights chosen on a part of the training data.
    Blend(BlendParams),
}

/// The parts of a blend. Which of them count, and how much, is chosen on data held out of the training data.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BlendParams {
    /// Factors.
    pub als: AlsParams,
    /// The dense item matrix; left out of a catalogue that is too large for it.
    pub ease: EaseParams,
    /// Nearest items.
    pub neighbours: NeighbourParams,
    /// Buyers in so many last days, if pairs have times.
    pub recent_days: u32,
}

impl Default for BlendParams {
    fn default() -> Self {
        Self {
            als: AlsModel::params().factors(256).alpha0(0.1).regularization(0.01),
            ease: EaseParams::default(),
            neighbours: NeighbourParams::item_knn(),
            recent_days: 31,
        }
    }
}

impl ModelSpec {
    /// The names [`named`](Self::named) knows.
    pub const NAMES: [&'static str; 7] = ["als", "ease", "item-knn", "co-purchase", "popularity", "trending", "blend"];

    /// A model with default parameters.
    ///
    /// # Errors
    /// If there is none of that name.
    pub fn named(name: &str) -> Result<Self, EvaluationError> {
        Ok(match name {
            "als" => Self::Als(AlsModel::params()),
            "ease" => Self::Ease(EaseParams::default()),
            "item-knn" => Self::Neighbours(NeighbourParams::item_knn()),
            "co-purchase" => Self::Neighbours(NeighbourParams::co_purchase(Similarity::Cosine)),
            "popularity" => Self::Popularity {},
            "trending" => Self::Trending { half_life_days: 14.0 },
            "blend" => Self::Blend(BlendParams::default()),
            _ => {
                let known = Self::NAMES.join(", ");
                return Err(EvaluationError::UnknownModel { name: name.to_owned(), known });
            }
        })
    }

    /// What it is called in reports.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Als(_) => "als",
            Self::Ease(_) => "ease",
            Self::Neighbours(params) => params.name(),
            Self::Popularity {} => "popularity",
            Self::Trending { .. } => "trending",
            Self::Blend(_) => "blend",
        }
    }
}
