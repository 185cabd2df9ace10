//! Why an item is recommended.

use super::{AlsModel, normal_equations::NormalEquations};
use crate::interactions::Row;

/// A score, and the share each item of the history has in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The score of a user with this history: the sum of all shares.
    pub score: f32,
    /// Items of the history with their shares, the strongest first; negative ones speak against.
    pub shares: Vec<(u32, f32)>,
}

/// Explains the scores of one history: its equations are set up once for all items.
#[derive(Debug)]
pub struct Explainer<'a> {
    model: &'a AlsModel,
    history: Row<'a>,
    equations: NormalEquations,
}

impl AlsModel {
    /// Explains the scores of one history.
    #[must_use]
    pub fn explainer<'a>(&'a self, history: Row<'a>) -> Explainer<'a> {
        let history = history.below(self.items.rows());
        let equations = NormalEquations::new(&self.params, history, &self.items, &self.gram);
        Explainer { model: self, history, equations }
    }

    /// [`Explainer::explain`] of a single item.
    #[must_use]
    pub fn explain(&self, history: Row<'_>, item: u32) -> Option<Explanation> {
        self.explainer(history).explain(item)
    }
}

impl Explainer<'_> {
    /// The past purchases that speak for an item (Hu, Koren and Volinsky 2008, section 5): a folded-in score is a sum
    /// over the history, `Σ c_j · h_i · A⁻¹ · h_j`. `None` for an item the model does not know.
    #[must_use]
    pub fn explain(&self, item: u32) -> Option<Explanation> {
        let items = &self.model.items;
        let weights = self.equations.apply_inverse(items.get(item as usize)?);
        let mut shares: Vec<(u32, f32)> = self
            .history
            .iter()
            .map(|(other, confidence)| {
                let row = items.row(other as usize);
                let similarity: f64 = row.iter().zip(&weights).map(|(&value, weight)| f64::from(value) * weight).sum();
                (other, (f64::from(confidence) * similarity) as f32)
            })
            .collect();
        let score = shares.iter().map(|&(_, share)| share).sum();
        shares.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        Some(Explanation { score, shares })
    }
}
