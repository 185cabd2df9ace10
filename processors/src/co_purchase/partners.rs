//! How often a product was bought with each other product, as sorted runs that are merged when they grow.
//!
//! A row for each pair would cost a random read and a write for each pair of each basket: a basket of 100 products has
//! 9,900 of them. So a product keeps a few runs instead, each at most [`RUN_MAX`] partners but the last: a basket is merged
//! into the first run, a run that has grown too large into the next. A basket of 100 products then touches some 100 short
//! rows, and a partner is rewritten a few times in its life, however many partners the product has. Products are numbered
//! ([`numbers`](super::numbers)), so that a partner takes some three bytes.

use std::cmp::Ordering;
use std::sync::Arc;

use serde::{Serialize, Serializer};
use tillstream_stores::{Serde, SerdeError, SharedSerde};

use super::numbers::{Number, Numbered};
use crate::varint::{put_i64, put_u64, take_i64, take_u64};

/// Partners in each run but the last.
pub(crate) const RUN_MAX: [usize; 2] = [128, 1_024];
/// Number of the last run, which takes what the others cannot hold.
pub(crate) const LAST_RUN: u8 = RUN_MAX.len() as u8;
/// Partners kept in the last run: past it the rarest are forgotten, so that a row stays below the size of a record.
const PARTNERS_MAX: usize = 150_000;

/// One run of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct RunKey {
    pub(crate) product: Number,
    /// From 0, the most recent.
    pub(crate) run: u8,
}

/// Products with the number of baskets shared with them, by number. Counts of single runs may be negative.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Partners(Vec<(Number, i64)>);

impl Partners {
    /// All products of a basket but `product` itself, each with `count`. The products must be sorted.
    pub(crate) fn of_basket(product: Number, products: &[Number], count: i64) -> Self {
        Self(products.iter().filter(|other| **other != product).map(|other| (*other, count)).collect())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Partners with the number of baskets shared, of those that share any.
    pub(crate) fn shared(&self) -> impl Iterator<Item = (Number, i64)> {
        self.0.iter().copied().filter(|(_, count)| *count > 0)
    }

    /// The counts of both added up; `None` on overflow.
    pub(crate) fn merged(&self, other: &Self) -> Option<Self> {
        let mut sums = Vec::with_capacity(self.0.len() + other.0.len());
        let (mut left, mut right) = (self.0.as_slice(), other.0.as_slice());
        while let ([a, rest_a @ ..], [b, rest_b @ ..]) = (left, right) {
            match a.0.cmp(&b.0) {
                Ordering::Less => {
                    sums.push(*a);
                    left = rest_a;
                }
                Ordering::Greater => {
                    sums.push(*b);
                    right = rest_b;
                }
                Ordering::Equal => {
                    sums.push((a.0, a.1.checked_add(b.1)?));
                    (left, right) = (rest_a, rest_b);
                }
            }
        }
        sums.extend_from_slice(left);
        sums.extend_from_slice(right);
        Some(Self(sums))
    }

    /// The last run: without products that are no partners any more, and without the rarest when there are too many.
    pub(crate) fn settled(mut self) -> Self {
        self.0.retain(|(_, count)| *count != 0);
        if self.0.len() > PARTNERS_MAX {
            self.0.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            self.0.truncate(PARTNERS_MAX);
            self.0.sort_unstable();
        }
        self
    }
}

impl Serialize for Partners {
    /// As people are shown it: `[{"number": 17, "baskets": 3}]`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|(number, baskets)| Numbered { number: *number, baskets: *baskets }))
    }
}

struct RunKeySerde;

/// The product's number in four bytes, big endian, then the run: the runs of a product lie side by side.
pub(crate) fn run_key_serde() -> SharedSerde<RunKey> {
    Arc::new(RunKeySerde)
}

impl Serde<RunKey> for RunKeySerde {
    fn serialize(&self, key: &RunKey, out: &mut Vec<u8>) -> Result<bool, SerdeError> {
        out.extend_from_slice(&key.product.to_be_bytes());
        out.push(key.run);
        Ok(true)
    }

    fn deserialize(&self, bytes: Option<&[u8]>) -> Result<RunKey, SerdeError> {
        match bytes {
            Some(&[a, b, c, d, run]) => Ok(RunKey { product: Number::from_be_bytes([a, b, c, d]), run }),
            _ => Err(SerdeError::new("invalid_key", "not the five bytes of a product's number and a run")),
        }
    }
}

struct PartnersSerde;

/// The version of the layout, the number of partners, then each with its distance from the one before and its count.
pub(crate) fn partners_serde() -> SharedSerde<Partners> {
    Arc::new(PartnersSerde)
}

const VERSION: u8 = 1;

impl Serde<Partners> for PartnersSerde {
    fn serialize(&self, partners: &Partners, out: &mut Vec<u8>) -> Result<bool, SerdeError> {
        out.push(VERSION);
        put_u64(partners.0.len() as u64, out);
        let mut before = 0;
        for (product, count) in &partners.0 {
            put_u64(u64::from(*product - before), out);
            put_i64(*count, out);
            before = *product;
        }
        Ok(true)
    }

    fn deserialize(&self, bytes: Option<&[u8]>) -> Result<Partners, SerdeError> {
        let unreadable = || SerdeError::new("invalid_partners", "not a run of partners of version 1");
        bytes.and_then(decode).ok_or_else(unreadable)
    }
}

fn decode(bytes: &[u8]) -> Option<Partners> {
    let (&VERSION, mut bytes) = bytes.split_first()? else { return None };
    let length = take_u64(&mut bytes)?;
    // A length is believed only as far as the bytes can bear it: a partner takes at least two.
    let mut partners = Vec::with_capacity(usize::try_from(length).ok()?.min(bytes.len() / 2));
    let mut product: Number = 0;
    for _ in 0..length {
        product = product.checked_add(Number::try_from(take_u64(&mut bytes)?).ok()?)?;
        partners.push((product, take_i64(&mut bytes)?));
    }
    bytes.is_empty().then_some(Partners(partners))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn partners(counts: &BTreeMap<Number, i64>) -> Partners {
        Partners(counts.iter().map(|(product, count)| (*product, *count)).collect())
    }

    proptest! {
        #[test]
        fn merging_adds_up_like_a_map(
            a in prop::collection::btree_map(0..30_u32, -3_i64..3, 0..20),
            b in prop::collection::btree_map(0..30_u32, -3_i64..3, 0..20),
        ) {
            let mut sum = a.clone();
            b.iter().for_each(|(product, count)| *sum.entry(*product).or_default() += count);
            let merged = partners(&a).merged(&partners(&b)).unwrap();
            prop_assert_eq!(&merged, &partners(&sum));
            sum.retain(|_, count| *count != 0);
            prop_assert_eq!(merged.settled(), partners(&sum));
        }

        #[test]
        fn runs_round_trip(counts in prop::collection::btree_map(any::<u32>(), any::<i64>(), 0..40)) {
            let run = partners(&counts);
            let mut out = Vec::new();
            partners_serde().serialize(&run, &mut out).unwrap();
            prop_assert_eq!(partners_serde().deserialize(Some(&out)).unwrap(), run);
            out.push(0);
            prop_assert!(partners_serde().deserialize(Some(&out)).is_err());
        }
    }

    #[test]
    fn a_basket_does_not_pair_a_product_with_itself() {
        assert_eq!(Partners::of_basket(2, &[1, 2, 3], 1), Partners(vec![(1, 1), (3, 1)]));
    }

    #[test]
    fn sums_do_not_wrap() {
        let most = || Partners(vec![(1, i64::MAX)]);
        assert_eq!(most().merged(&most()), None);
    }

    #[test]
    fn runs_of_a_product_lie_side_by_side() {
        let bytes = |product, run| {
            let mut out = Vec::new();
            run_key_serde().serialize(&RunKey { product, run }, &mut out).unwrap();
            out
        };
        assert!([bytes(1, 0), bytes(1, 2), bytes(2, 0), bytes(256, 0)].is_sorted());
        assert_eq!(run_key_serde().deserialize(Some(&bytes(256, 2))).unwrap(), RunKey { product: 256, run: 2 });
        assert!(run_key_serde().deserialize(Some(b"a")).is_err());
    }
}
