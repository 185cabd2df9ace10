//! Who gets which variant.

use tillstream_models::events::payload_hash;

use crate::recommendations::Source;

/// A variant of an experiment: where its lists begin.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// Its name.
    pub name: String,
    /// The part of all customers that gets it, from 0 to 1.
    pub share: f64,
    /// The most personal source of its lists.
    pub source: Source,
}

/// An experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct Experiment {
    /// Its name, which is the salt of the assignment too: another experiment mixes customers anew.
    pub name: String,
    /// Its variants. Customers beyond the sum of their shares are in none.
    pub variants: Vec<Variant>,
    /// The name of the variant that others are held against.
    pub control: String,
}

impl Experiment {
    /// The variant of a customer; `None` for one who is not in the experiment. The same at every instance and after every
    /// start, as long as names and shares stay.
    #[must_use]
    pub fn variant_of(&self, user_id: &str) -> Option<&Variant> {
        let lot = payload_hash(format!("{}\0{user_id}", self.name).as_bytes()) as f64 / u64::MAX as f64;
        let mut behind = 0.0;
        self.variants.iter().find(|variant| {
            behind += variant.share;
            lot < behind
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn experiment(name: &str) -> Experiment {
        let variant = |name: &str, share, source| Variant { name: name.to_owned(), share, source };
        let variants = vec![variant("popular", 0.5, Source::Popular), variant("personal", 0.25, Source::Personal)];
        Experiment { name: name.to_owned(), variants, control: "popular".to_owned() }
    }

    #[test]
    fn shares_are_kept_and_assignments_do_not_move() {
        let of = |name: &str, user: u32| {
            experiment(name).variant_of(&format!("u{user}")).map(|variant| variant.name.clone())
        };
        let count = |wanted: Option<&str>| (0..20_000).filter(|user| of("a", *user).as_deref() == wanted).count();
        for (wanted, share) in [(Some("popular"), 0.5), (Some("personal"), 0.25), (None, 0.25)] {
            let found = count(wanted) as f64 / 20_000.0;
            assert!((found - share).abs() < 0.02, "{wanted:?}: {found}");
        }
        assert!((0..1_000).all(|user| of("a", user) == of("a", user)));
        let moved = (0..20_000).filter(|user| of("a", *user) != of("b", *user)).count();
        assert!(moved > 10_000, "another experiment mixes anew: {moved}");
    }
}
