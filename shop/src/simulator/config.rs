//! What the shop is like.

use super::LIFELIKE_RATE;

/// Most users and products: each costs memory.
const MAX_SIZE: usize = 10_000_000;
/// Records a second beyond which nothing is played.
const MAX_RATE: f64 = 10_000_000.0;
/// Longest time-out of the saga: what is planned so far ahead is kept in memory.
const MAX_TIMEOUT_MS: i64 = 30 * 86_400_000;
/// Starting times that RFC 3339 can write, with a century to spare: years 0 to 9899.
const START_MS: std::ops::Range<i64> = -62_167_219_200_000..250_246_627_200_000;

/// What the shop is like; [`Default`] is a middle-sized one without faults in its log.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SimulatorConfig {
    /// Records a second of event time, averaged over a day. Above 2,000 each visit is played
    /// faster than life, so that memory stays bounded.
    pub rate: f64,
    /// How many customers there are; the most loyal come a lot.
    pub users: usize,
    /// How many products there are; the most popular sell a lot.
    pub products: usize,
    /// The same seed is the same shop.
    pub seed: u64,
    /// Event time of the opening, in milliseconds since the epoch.
    pub start_ms: i64,
    /// Share of orders that cannot be paid.
    pub payment_failure_share: f64,
    /// Share of orders that are out of stock, besides those for which stock has really run out.
    pub stock_failure_share: f64,
    /// Share of orders with a leg that never comes.
    pub timeout_share: f64,
    /// How long after an order was placed the saga gives up a silent leg and has the other undone, in milliseconds.
    pub saga_timeout_ms: i64,
    /// Share of records whose event time lies up to ten minutes before their place in the log.
    pub late_share: f64,
    /// Share of records that are sent again, a few seconds later.
    pub duplicate_share: f64,
    /// Damaged records to be added, as a share of the good ones.
    pub malformed_share: f64,
}

impl Default for SimulatorConfig {
    fn default() -> Self {
        Self {
            rate: 100.0,
            users: 100_000,
            products: 5_000,
            seed: 42,
            start_ms: 1_735_689_600_000, // 2025-01-01T00:00:00Z
            payment_failure_share: 0.03,
            stock_failure_share: 0.02,
            timeout_share: 0.01,
            saga_timeout_ms: 1_800_000,
            late_share: 0.0,
            duplicate_share: 0.0,
            malformed_share: 0.0,
        }
    }
}

/// A setting that no shop can have; correct it and start again.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SimulatorError {
    /// `rate` is not above zero, or beyond what can be played.
    #[error("rate is {0}; it must be above 0 and at most 10000000 records a second")]
    Rate(f64),
    /// A shop without, or with too many, users or products.
    #[error("{setting} is {value}; it must be between 1 and 10000000")]
    Size {
        /// The setting.
        setting: &'static str,
        /// Its value.
        value: usize,
    },
    /// A share outside 0 to 1.
    #[error("{setting} is {value}; a share must be between 0 and 1")]
    Share {
        /// The setting.
        setting: &'static str,
        /// Its value.
        value: f64,
    },
    /// `saga_timeout_ms` is negative or longer than 30 days.
    #[error("saga_timeout_ms is {0}; it must be between 0 and 2592000000, 30 days")]
    Timeout(i64),
    /// `start_ms` is not within years 0 to 9899.
    #[error("start_ms is {0}; it must be milliseconds since 1970 within years 0 to 9899")]
    Start(i64),
}

impl SimulatorConfig {
    /// By how much slower than at high rates things happen: 1 is as in life.
    pub(super) fn pace(&self) -> f64 {
        (LIFELIKE_RATE / self.rate).min(1.0)
    }

    pub(super) fn check(&self) -> Result<(), SimulatorError> {
        if !(self.rate > 0.0 && self.rate <= MAX_RATE) {
            return Err(SimulatorError::Rate(self.rate));
        }
        if !START_MS.contains(&self.start_ms) {
            return Err(SimulatorError::Start(self.start_ms));
        }
        if !(0..=MAX_TIMEOUT_MS).contains(&self.saga_timeout_ms) {
            return Err(SimulatorError::Timeout(self.saga_timeout_ms));
        }
        for (setting, value) in [("users", self.users), ("products", self.products)] {
            if !(1..=MAX_SIZE).contains(&value) {
                return Err(SimulatorError::Size { setting, value });
            }
        }
        for (setting, value) in [
            ("payment_failure_share", self.payment_failure_share),
            ("stock_failure_share", self.stock_failure_share),
            ("timeout_share", self.timeout_share),
            ("late_share", self.late_share),
            ("duplicate_share", self.duplicate_share),
            ("malformed_share", self.malformed_share),
        ] {
            if !(0.0..=1.0).contains(&value) {
                return Err(SimulatorError::Share { setting, value });
            }
        }
        Ok(())
    }
}
