//! A customer as a model sees her.

use tillstream_models::interactions::{Interaction, Row};
use tillstream_models::learned::LearnedModel;

use super::RecommendationSettings;
use crate::interactions::Customer;
use crate::read::ReadError;

/// A customer as a model sees her: numbers in place of products, and her factors.
#[derive(Debug, Default)]
pub(super) struct Profile {
    items: Vec<u32>,
    weights: Vec<f32>,
    /// What she bought and kept, ascending.
    pub(super) bought: Vec<u32>,
    /// Everything she dealt with, ascending.
    pub(super) touched: Vec<u32>,
    /// Her factors; zeros without a history the model knows.
    pub(super) factors: Vec<f32>,
}

impl Profile {
    /// Folds a customer in as of `now_ms`.
    pub(super) fn of(
        customer: &Customer,
        model: &LearnedModel,
        settings: &RecommendationSettings,
        now_ms: i64,
    ) -> Result<Self, ReadError> {
        let number = |product: &str| model.items().get(product);
        let events: Vec<Interaction> = customer
            .signals(settings.weights)
            .into_iter()
            .filter_map(|signal| {
                let item = number(&signal.product_id)?;
                Some(Interaction { user: 0, item, weight: signal.weight, at_ms: signal.at_ms })
            })
            .collect();
        let matrix = settings.confidence.matrix(1, model.items().len(), &events, now_ms);
        let matrix = matrix.map_err(|error| ReadError::invalid("userId", error.to_string()))?;
        let row = matrix.row(0);
        let mut bought: Vec<u32> = customer.purchases.bought().filter_map(|product| number(product)).collect();
        bought.sort_unstable();
        let mut touched: Vec<u32> = customer.products().filter_map(|product| number(product)).collect();
        touched.sort_unstable();
        let factors = if row.is_empty() { Vec::new() } else { model.als().fold_in(row) };
        Ok(Self { items: row.items.to_vec(), weights: row.weights.to_vec(), bought, touched, factors })
    }

    /// What the model knows of her history.
    pub(super) fn row(&self) -> Row<'_> {
        Row { items: &self.items, weights: &self.weights }
    }

    /// Whether the model can tell her taste: something she dealt with has been learned about.
    pub(super) fn is_known(&self) -> bool {
        self.factors.iter().any(|factor| *factor != 0.0)
    }
}
