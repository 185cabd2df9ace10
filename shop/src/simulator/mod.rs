//! An endless shop: visitors browse, some buy, goods are reserved, cards are charged.
//!
//! Event time is the caller's: [`Simulator::next_until`] gives what has happened until a clock
//! that is handed in, the iterator gives record after record as fast as it is asked. Popularity of
//! products and users follows Zipf's law, the day has its rhythm, and orders run through both
//! legs of the saga with failures, refunds, stock movements, shipping and returns.
//!
//! Faults are laid over that shop, not into it: late, repeated and damaged records come from a
//! generator of their own. So the same seed with and without faults is the same shop, and
//! answers computed from both can be compared.
//!
//! ```
//! use tillstream_shop::simulator::{Simulator, SimulatorConfig};
//!
//! let config = SimulatorConfig { users: 100, products: 10, ..SimulatorConfig::default() };
//! let mut shop = Simulator::new(config)?;
//! // First the catalogue and the stock, then visitors.
//! let first = shop.next_until(config.start_ms).map(|record| record.topic);
//! assert_eq!(first, Some("products"));
//! # Ok::<(), tillstream_shop::simulator::SimulatorError>(())
//! ```

mod catalogue;
mod config;
mod faults;
mod fulfilment;
mod publisher;
mod returns;
mod rhythm;
mod shoppers;
mod visit;

pub use config::{SimulatorConfig, SimulatorError};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::ShopRecord;
use catalogue::Catalogue;
use publisher::Publisher;
use returns::Returns;
use shoppers::Shoppers;

/// Mean number of records that a visit leads to, returns and stock movements included. Measured;
/// a test holds the rate to it.
const RECORDS_PER_VISIT: f64 = 7.63;
/// Rate, in records a second, from which on visits are played faster than life: what is under
/// way grows with the rate, and memory must not.
const LIFELIKE_RATE: f64 = 2_000.0;

/// The shop: an infinite iterator of records, the same for the same configuration.
#[derive(Debug)]
pub struct Simulator {
    config: SimulatorConfig,
    rng: ChaCha8Rng,
    publisher: Publisher,
    catalogue: Catalogue,
    shoppers: Shoppers,
    returns: Returns,
    orders: u64,
    /// When the next visitor comes, in nanoseconds after the start.
    next_visit_ns: i64,
}

impl Simulator {
    /// Opens the shop: products and stock are published at the start, then visitors come.
    ///
    /// # Errors
    /// [`SimulatorError`] names the setting that is out of range.
    pub fn new(config: SimulatorConfig) -> Result<Self, SimulatorError> {
        config.check()?;
        let mut rng = ChaCha8Rng::seed_from_u64(config.seed);
        let mut publisher = Publisher::new(&config);
        let catalogue = Catalogue::open(&config, &mut rng, &mut publisher);
        Ok(Self {
            publisher,
            catalogue,
            shoppers: Shoppers::new(config.users),
            returns: Returns::default(),
            orders: 0,
            rng,
            config,
            next_visit_ns: 0,
        })
    }

    /// The next record that is to be published until `now_ms`; `None` when there is none yet.
    pub fn next_until(&mut self, now_ms: i64) -> Option<ShopRecord> {
        self.plan();
        self.publisher.pop_before(now_ms.saturating_add(1))
    }

    /// When the next record is to be published, in milliseconds of event time.
    pub fn next_due_ms(&mut self) -> i64 {
        self.plan();
        self.publisher.next_due_ms().unwrap_or(i64::MAX)
    }

    /// Lets visitors come until the next record is certain: nobody yet to come can be earlier.
    fn plan(&mut self) {
        while self.publisher.next_due_ms().is_none_or(|due_ms| due_ms >= self.next_visit_ms()) {
            let at_ms = self.next_visit_ms();
            self.visit(at_ms);
            let mean_ns = RECORDS_PER_VISIT / (self.config.rate * rhythm::weight(at_ms)) * 1e9;
            // Uniform gaps have the right mean, and no logarithm that differs between machines.
            self.next_visit_ns += self.rng.random_range(1..=(2.0 * mean_ns) as i64 + 1);
        }
    }

    fn next_visit_ms(&self) -> i64 {
        self.config.start_ms + self.next_visit_ns / 1_000_000
    }
}

impl Iterator for Simulator {
    type Item = ShopRecord;

    /// The next record, however far ahead it is; never `None`.
    fn next(&mut self) -> Option<ShopRecord> {
        self.next_until(i64::MAX)
    }
}
