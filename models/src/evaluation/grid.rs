//! The search for ALS's hyper-parameters.

use serde::Serialize;

use super::{
    EvaluationError, ModelSpec, Progress, Training, fit::fit, measure::measure, validation::buyers,
    validation::validation,
};
use crate::als::AlsParams;

/// Values to try, each with each.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// Lengths of factor rows.
    pub factors: Vec<usize>,
    /// Weights of cells nobody touched.
    pub alpha0: Vec<f32>,
    /// Weights of the length of factor rows.
    pub regularization: Vec<f32>,
}

impl Default for Grid {
    /// 128 factors, α₀ from 0.01 to 1, λ from 0.001 to 0.03: twenty combinations.
    fn default() -> Self {
        let alpha0 = vec![0.01, 0.03, 0.1, 0.3, 1.0];
        Self { factors: vec![128], alpha0, regularization: vec![0.001, 0.003, 0.01, 0.03] }
    }
}

/// One combination and how good it was.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GridPoint {
    /// Length of a factor row.
    pub factors: usize,
    /// Weight of a cell nobody touched.
    pub alpha0: f32,
    /// Weight of the length of factor rows.
    pub regularization: f32,
    /// NDCG@100 on the part of the training data that was held out.
    pub ndcg100: f64,
    /// How long the fit took.
    pub fit_seconds: f64,
}

impl GridPoint {
    /// `base` with this point's values.
    #[must_use]
    pub fn params(&self, base: &AlsParams) -> AlsParams {
        base.clone().factors(self.factors).alpha0(self.alpha0).regularization(self.regularization)
    }
}

/// Tries every combination on a part of the training data that is held out, as a blend's weights are chosen. The best
/// first; of equal ones the first tried.
///
/// # Errors
/// If a value is out of range, or no user has enough items to hold some out.
pub fn search(
    training: &Training,
    base: &AlsParams,
    grid: &Grid,
    seed: u64,
    progress: &mut dyn FnMut(Progress),
) -> Result<Vec<GridPoint>, EvaluationError> {
    let (rest, cases) = validation(training, seed)?;
    if cases.cases.is_empty() {
        return Err(EvaluationError::Nobody {
            why: "the training data has too few users with five items to choose by",
        });
    }
    let buyers = buyers(&rest.matrix);
    let mut points = grid.points();
    let of = points.len();
    for (done, point) in points.iter_mut().enumerate() {
        let fitted = fit(&rest, &ModelSpec::Als(point.params(base)), seed, &mut |_| {})?;
        let metrics = measure(fitted.recommender.as_ref(), &cases, &[100], &buyers, rest.matrix.users());
        point.ndcg100 = metrics.ndcg.get(&100).copied().unwrap_or(0.0);
        point.fit_seconds = fitted.seconds;
        progress(Progress::GridPoint { done: done + 1, of });
    }
    points.sort_by(|a, b| b.ndcg100.total_cmp(&a.ndcg100));
    Ok(points)
}

impl Grid {
    fn points(&self) -> Vec<GridPoint> {
        let mut points = Vec::new();
        for &factors in &self.factors {
            for &alpha0 in &self.alpha0 {
                for &regularization in &self.regularization {
                    points.push(GridPoint { factors, alpha0, regularization, ndcg100: 0.0, fit_seconds: 0.0 });
                }
            }
        }
        points
    }
}
