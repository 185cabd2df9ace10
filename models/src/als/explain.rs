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

impl AlsModel {
    /// The past purchases that speak for an item (Hu, Koren and Volinsky 2008, section 5): a folded-in score is a sum
    /// over the history, `Σ c_j · h_i · A⁻¹ · h_j`. `None` for an item the model does not know.
    #[must_use]
    pub fn explain(&self, history: Row<'_>, item: u32) -> Option<Explanation> {
        let target = self.items.get(item as usize)?;
        let known = history.below(self.items.rows());
        let weights = NormalEquations::new(&self.params, known, &self.items, &self.gram).apply_inverse(target);
        let mut shares: Vec<(u32, f32)> = known
            .iter()
            .map(|(other, confidence)| {
                let row = self.items.row(other as usize);
                let similarity: f64 = row.iter().zip(&weights).map(|(&value, weight)| f64::from(value) * weight).sum();
                (other, (f64::from(confidence) * similarity) as f32)
            })
            .collect();
        let score = shares.iter().map(|&(_, share)| share).sum();
        shares.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        Some(Explanation { score, shares })
    }
}
