//! `[simulate]`

use serde::{Deserialize, Serialize};

use crate::Millis;
use crate::checks::Checks;

/// The made-up shop of `tillstream simulate`. Shares are between 0 and 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Simulate {
    /// Events a second, over all topics.
    pub rate: f64,
    /// Customers.
    pub users: u32,
    /// The same seed makes the same shop.
    pub seed: u64,
    /// Orders whose payment fails.
    pub payment_failed_share: f64,
    /// Orders whose reservation fails.
    pub inventory_failed_share: f64,
    /// Orders for which a leg never comes.
    pub missing_leg_share: f64,
    /// Events that arrive late.
    pub late_share: f64,
    /// The most by which a late event is late.
    pub late_by: Millis,
    /// Events that are sent twice.
    pub duplicate_share: f64,
    /// Events that cannot be read or are invalid.
    pub bad_share: f64,
}

impl Simulate {
    pub(crate) fn check(&self, checks: &mut Checks<'_>) {
        checks.between("simulate.rate", self.rate, 0.01, 1_000_000.0);
        checks.between("simulate.users", self.users, 1, 10_000_000);
        checks.between("simulate.seed", self.seed, 0, i64::MAX.unsigned_abs());
        checks.between("simulate.late_by", self.late_by, Millis::ZERO, Millis::days(1));
        for (key, share) in [
            ("simulate.payment_failed_share", self.payment_failed_share),
            ("simulate.inventory_failed_share", self.inventory_failed_share),
            ("simulate.missing_leg_share", self.missing_leg_share),
            ("simulate.late_share", self.late_share),
            ("simulate.duplicate_share", self.duplicate_share),
            ("simulate.bad_share", self.bad_share),
        ] {
            checks.between(key, share, 0.0, 1.0);
        }
    }
}
