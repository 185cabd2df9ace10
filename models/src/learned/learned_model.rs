//! The model, its names and what is known about it.

use serde::{Deserialize, Serialize};

use super::LearnedError;
use crate::{
    als::AlsModel,
    interactions::Ids,
    recommenders::{Personal, Recommender as _},
};

/// What is known about a model; times in epoch milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Card {
    /// Counts up with every model that is published.
    pub version: u64,
    /// When it was trained, by the wall clock.
    pub trained_at_ms: i64,
    /// Event time of the data it was trained on.
    pub as_of_ms: i64,
    /// How far into its inputs that data went, as its maker writes it.
    pub position: String,
    /// Customers in that data.
    pub customers: u64,
    /// Customers and products that belong together in that data.
    pub pairs: u64,
    /// NDCG@20 on purchases kept out of that data; `None` while there are too few to tell.
    pub ndcg: Option<f64>,
    /// The weight of what sells now beside the factors, 0 where it did not help.
    pub recency_weight: f32,
}

/// Numbers of the items, whoever asks: as long as there are items.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Demand {
    /// The logarithm of the buyers of late: the prior of personal lists.
    pub recent: Vec<f32>,
    /// What is bought, fading within days.
    pub trending: Vec<f32>,
    /// The logarithm of the buyers of all time.
    pub buyers: Vec<f32>,
    /// The part of the buyers who bought it in two orders or more; 0 while they are few. Absent from models of before.
    #[serde(default)]
    pub rebought: Vec<f32>,
}

/// A trained model with the names of its rows.
#[derive(Debug)]
pub struct LearnedModel {
    card: Card,
    users: Ids,
    items: Ids,
    demand: Demand,
    personal: Personal,
}

impl LearnedModel {
    /// Puts the parts together. `users` and `items` name the rows of `model`; `demand` has a number for
    /// each item; what has not, ranks nothing.
    ///
    /// # Errors
    /// [`LearnedError::Names`] if there are not as many names as rows.
    pub fn new(card: Card, users: Ids, items: Ids, demand: Demand, model: AlsModel) -> Result<Self, LearnedError> {
        for (what, names, rows) in
            [("user", users.len(), model.users().rows()), ("item", items.len(), model.items().rows())]
        {
            if names != rows {
                return Err(LearnedError::Names { what, names, rows });
            }
        }
        let personal = Personal::new(model, demand.recent.clone(), card.recency_weight);
        Ok(Self { card, users, items, demand, personal })
    }

    /// What is known about it.
    #[must_use]
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// The users whose factors it has: not all there are.
    #[must_use]
    pub fn users(&self) -> &Ids {
        &self.users
    }

    /// The items it knows, also those nobody had bought yet, which are never listed.
    #[must_use]
    pub fn items(&self) -> &Ids {
        &self.items
    }

    /// The recommender.
    #[must_use]
    pub fn personal(&self) -> &Personal {
        &self.personal
    }

    /// The factors.
    #[must_use]
    pub fn als(&self) -> &AlsModel {
        self.personal.model()
    }

    /// How much the items are in demand.
    #[must_use]
    pub fn demand(&self) -> &Demand {
        &self.demand
    }

    /// The name of what serves: `als`, or `als-recent` where what sells now has a say.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.personal.name()
    }
}
