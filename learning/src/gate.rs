//! What a model must pass before anybody sees its lists.

use tillstream_models::als::Health;

/// What a model must pass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gate {
    /// The longest row of factors. Honest models stay far below: rows grow long when a training runs away.
    pub longest_row: f32,
    /// The part of its quality a model may be worse than the one that is served.
    pub margin: f64,
}

impl Default for Gate {
    /// Rows up to 1,000, and up to 5 % worse.
    fn default() -> Self {
        Self { longest_row: 1_000.0, margin: 0.05 }
    }
}

/// Why a model is kept back.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// A factor is not a finite number.
    #[error("a factor is not a finite number")]
    NotFinite,
    /// A row of factors is too long.
    #[error("a row of factors is {length} long, more than {limit}")]
    TooLong {
        /// Its length.
        length: f32,
        /// What would be accepted.
        limit: f32,
    },
    /// It is worse than the one that is served.
    #[error("its NDCG on held-out purchases is {ndcg:.4}, that of the served model {served:.4}")]
    Worse {
        /// Its quality.
        ndcg: f64,
        /// That of the model that is served, on the same purchases.
        served: f64,
    },
}

impl Gate {
    /// Judges a model by its factors and its quality beside that of the served one; `None` where one cannot be told.
    ///
    /// # Errors
    /// The refusal.
    pub fn judge(&self, health: Health, ndcg: Option<f64>, served: Option<f64>) -> Result<(), Refusal> {
        let length = health.longest_user.max(health.longest_item);
        if !health.finite {
            return Err(Refusal::NotFinite);
        }
        if length.is_nan() || length > self.longest_row {
            return Err(Refusal::TooLong { length, limit: self.longest_row });
        }
        match (ndcg, served) {
            (Some(ndcg), Some(served)) if ndcg < served * (1.0 - self.margin) => Err(Refusal::Worse { ndcg, served }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_is_refused_by_name() {
        let healthy = Health { finite: true, longest_user: 1.0, longest_item: 2.0 };
        let judge = |health, ndcg, served| Gate { longest_row: 10.0, margin: 0.05 }.judge(health, ndcg, served);
        assert_eq!(judge(healthy, None, Some(0.9)), Ok(()));
        assert_eq!(judge(healthy, Some(0.96), Some(1.0)), Ok(()));
        assert_eq!(judge(healthy, Some(0.94), Some(1.0)), Err(Refusal::Worse { ndcg: 0.94, served: 1.0 }));
        assert_eq!(judge(Health { finite: false, ..healthy }, None, None), Err(Refusal::NotFinite));
        let long = judge(Health { longest_item: 11.0, ..healthy }, None, None);
        assert_eq!(long, Err(Refusal::TooLong { length: 11.0, limit: 10.0 }));
    }
}
