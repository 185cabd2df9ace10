//! Hyper-parameters of the factorisation.

use linfa::ParamGuard;
use serde::{Deserialize, Serialize};

use super::AlsError;

/// Most factors: beyond, one row's exact solution takes a second.
const MAX_FACTORS: usize = 4096;
/// Most sweeps: quality stands still long before.
const MAX_SWEEPS: usize = 1000;

/// How a row is solved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Solver {
    /// So many steps of conjugate gradients from where the row stood; three are as good as exact and far cheaper.
    ConjugateGradient {
        /// Steps a row and half sweep.
        steps: usize,
    },
    /// Exactly.
    Cholesky,
}

/// Hyper-parameters that [`ParamGuard::check`] has not seen yet; see the setters for their meaning and defaults.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct AlsParams(AlsValidParams);

/// Checked hyper-parameters: what trains.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlsValidParams {
    pub(super) factors: usize,
    pub(super) alpha0: f32,
    pub(super) regularization: f32,
    pub(super) exponent: f32,
    pub(super) sweeps: usize,
    pub(super) solver: Solver,
    pub(super) seed: u64,
}

impl Default for AlsParams {
    /// 128 factors, α₀ 0.3, λ 0.003, ν 1, 16 sweeps of 3 conjugate-gradient steps, seed 0.
    fn default() -> Self {
        Self(AlsValidParams {
            factors: 128,
            alpha0: 0.3,
            regularization: 0.003,
            exponent: 1.0,
            sweeps: 16,
            solver: Solver::ConjugateGradient { steps: 3 },
            seed: 0,
        })
    }
}

impl AlsParams {
    /// Length of a factor row: the lever for quality; memory and time of a sweep grow with it, of its Gram matrix with
    /// its square. 1 to 4,096, default 128.
    #[must_use]
    pub fn factors(mut self, factors: usize) -> Self {
        self.0.factors = factors;
        self
    }

    /// α₀, the weight of every cell nobody touched, against 1 for a purchase. Positive, default 0.3.
    #[must_use]
    pub fn alpha0(mut self, alpha0: f32) -> Self {
        self.0.alpha0 = alpha0;
        self
    }

    /// λ, how much long factor rows cost. Positive, default 0.003.
    #[must_use]
    pub fn regularization(mut self, lambda: f32) -> Self {
        self.0.regularization = lambda;
        self
    }

    /// ν, how much more a busy row's regularisation counts: 0 alike, 1 in proportion to its weight. Default 1.
    #[must_use]
    pub fn exponent(mut self, nu: f32) -> Self {
        self.0.exponent = nu;
        self
    }

    /// Sweeps of a training from the start, 1 to 1,000, default 16.
    #[must_use]
    pub fn sweeps(mut self, sweeps: usize) -> Self {
        self.0.sweeps = sweeps;
        self
    }

    /// How rows are solved; default three steps of conjugate gradients.
    #[must_use]
    pub fn solver(mut self, solver: Solver) -> Self {
        self.0.solver = solver;
        self
    }

    /// What the first factors are drawn from. Default 0.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.0.seed = seed;
        self
    }
}

impl ParamGuard for AlsParams {
    type Checked = AlsValidParams;
    type Error = AlsError;

    fn check_ref(&self) -> Result<&AlsValidParams, AlsError> {
        self.0.validate()?;
        Ok(&self.0)
    }

    fn check(self) -> Result<AlsValidParams, AlsError> {
        self.0.validate()?;
        Ok(self.0)
    }
}

impl AlsValidParams {
    /// Also for parameters that were read from a file and so never passed through [`AlsParams`].
    pub(super) fn validate(&self) -> Result<(), AlsError> {
        let steps = match self.solver {
            Solver::ConjugateGradient { steps } => steps,
            Solver::Cholesky => 1,
        };
        for (name, value, most, expected) in [
            ("factors", self.factors, MAX_FACTORS, "from 1 to 4096"),
            ("sweeps", self.sweeps, MAX_SWEEPS, "from 1 to 1000"),
            ("steps", steps, MAX_SWEEPS, "from 1 to 1000"),
        ] {
            if !(1..=most).contains(&value) {
                return Err(AlsError::Parameter { name, value: value as f64, expected });
            }
        }
        for (name, value, range, expected) in [
            ("alpha0", self.alpha0, 1e-9..=1e6, "from 1e-9 to 1e6"),
            ("regularization", self.regularization, 1e-9..=1e6, "from 1e-9 to 1e6"),
            ("exponent", self.exponent, 0.0..=2.0, "from 0 to 2"),
        ] {
            if !range.contains(&value) {
                return Err(AlsError::Parameter { name, value: f64::from(value), expected });
            }
        }
        Ok(())
    }

    /// Length of a factor row.
    #[must_use]
    pub fn factors(&self) -> usize {
        self.factors
    }

    /// Sweeps of a training from the start.
    #[must_use]
    pub fn sweeps(&self) -> usize {
        self.sweeps
    }

    /// `λ · #^ν` of a row whose cells weigh `weights`, with `others` rows on the other side.
    pub(super) fn ridge(&self, weights: &[f32], others: usize) -> f32 {
        let frequency = weights.iter().sum::<f32>() + self.alpha0 * others as f32;
        self.regularization * frequency.powf(self.exponent)
    }
}
