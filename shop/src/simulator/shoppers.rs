//! Who comes to the shop.

use rand::{Rng, RngExt};
use tillstream_models::events::{Country, Currency, Visitor};

use crate::zipf::Zipf;

/// How much more often the loyal come than the others (exponent of Zipf's law).
const LOYALTY: f64 = 0.8;
/// Share of visits that browse without signing in.
const ANONYMOUS_SHARE: f64 = 0.3;

/// Countries with their currencies; a user's number decides, so a user stays where they live.
const HOMES: [(&str, Currency); 10] = [
    ("GB", Currency::GBP),
    ("GB", Currency::GBP),
    ("GB", Currency::GBP),
    ("GB", Currency::GBP),
    ("GB", Currency::GBP),
    ("DE", Currency::EUR),
    ("FR", Currency::EUR),
    ("NL", Currency::EUR),
    ("IE", Currency::EUR),
    ("US", Currency::USD),
];

/// All customers.
#[derive(Debug)]
pub(super) struct Shoppers {
    loyalty: Zipf,
    visits: u64,
}

/// One visitor of the shop.
#[derive(Debug)]
pub(super) struct Shopper {
    pub(super) user_id: Box<str>,
    /// How the web shop knows them while they browse.
    pub(super) visitor: Visitor,
    pub(super) country: Option<Country>,
    pub(super) currency: Currency,
}

impl Shoppers {
    pub(super) fn new(users: usize) -> Self {
        Self { loyalty: Zipf::new(users, LOYALTY), visits: 0 }
    }

    /// The next visitor.
    pub(super) fn next(&mut self, rng: &mut impl Rng) -> Shopper {
        self.visits += 1;
        let user = self.loyalty.at(rng.random());
        let user_id: Box<str> = format!("u{user:07}").into();
        let signed_in = !rng.random_bool(ANONYMOUS_SHARE);
        let home = HOMES.get(user % HOMES.len());
        Shopper {
            visitor: Visitor {
                user_id: signed_in.then(|| user_id.clone()),
                session_id: Some(format!("s{:x}-{user:x}", self.visits).into()),
            },
            user_id,
            country: home.and_then(|(code, _)| code.parse().ok()),
            currency: home.map_or(Currency::GBP, |(_, currency)| *currency),
        }
    }
}
