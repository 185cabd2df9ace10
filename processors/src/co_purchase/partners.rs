//! How often a product was bought with each other product, as sorted runs that are merged when they grow.
//!
//! A row for each pair would cost a random read and a write for each pair of each basket: a basket of 100 products has
//! 9,900 of them. So a product keeps a few runs instead, each at most [`RUN_MAX`] partners but the last: a basket is merged
//! into the first run, a run that has grown too large into the next. A basket of 100 products then touches some 100 short
//! rows, and a partner is rewritten a few times in its life, however many partners the product has.

use std::cmp::Ordering;
use std::sync::Arc;

use tillstream_stores::{Serde, SerdeError, SharedSerde};

use crate::varint::{put_i64, put_text, put_u64, take_i64, take_text, take_u64};

/// Partners in each run but the last.
pub(crate) const RUN_MAX: [usize; 2] = [64, 512];
/// Number of the last run, which takes what the others cannot hold.
pub(crate) const LAST_RUN: u8 = RUN_MAX.len() as u8;
/// Partners kept in the last run: past it the rarest are forgotten, so that a row stays below the size of a record.
const PARTNERS_MAX: usize = 40_000;

/// One run of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RunKey {
    pub(crate) product: Arc<str>,
    /// From 0, the most recent.
    pub(crate) run: u8,
}

/// Products with the number of baskets shared with them, by product. Counts of single runs may be negative.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Partners(Vec<(Arc<str>, i64)>);

impl Partners {
    /// All products of a basket but `product` itself, each with `count`. The products must be sorted.
    pub(crate) fn of_basket(product: &str, products: &[Arc<str>], count: i64) -> Self {
        let others = products.iter().filter(|other| &***other != product);
        Self(others.map(|other| (Arc::clone(other), count)).collect())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Arc<str>, i64)> {
        self.0.iter().map(|(product, count)| (product, *count))
    }

    /// The counts of both added up; `None` on overflow.
    pub(crate) fn merged(self, other: Self) -> Option<Self> {
        let mut sums = Vec::with_capacity(self.0.len() + other.0.len());
        let (mut left, mut right) = (self.0.into_iter().peekable(), other.0.into_iter().peekable());
        loop {
            let order = match (left.peek(), right.peek()) {
                (Some((a, _)), Some((b, _))) => a.cmp(b),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => return Some(Self(sums)),
            };
            match order {
                Ordering::Less => sums.extend(left.next()),
                Ordering::Greater => sums.extend(right.next()),
                Ordering::Equal => {
                    if let (Some((product, a)), Some((_, b))) = (left.next(), right.next()) {
                        sums.push((product, a.checked_add(b)?));
                    }
                }
            }
        }
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

struct RunKeySerde;

/// The product, a zero byte (no id contains one), the run: the runs of a product lie side by side.
pub(crate) fn run_key_serde() -> SharedSerde<RunKey> {
    Arc::new(RunKeySerde)
}

impl Serde<RunKey> for RunKeySerde {
    fn serialize(&self, key: &RunKey, out: &mut Vec<u8>) -> Result<bool, SerdeError> {
        out.extend_from_slice(key.product.as_bytes());
        out.extend_from_slice(&[0, key.run]);
        Ok(true)
    }

    fn deserialize(&self, bytes: Option<&[u8]>) -> Result<RunKey, SerdeError> {
        let key = bytes.and_then(|bytes| {
            let (product, [0, run]) = bytes.split_last_chunk::<2>()? else { return None };
            Some(RunKey { product: std::str::from_utf8(product).ok()?.into(), run: *run })
        });
        key.ok_or_else(|| SerdeError::new("invalid_key", "not a product and the number of a run"))
    }
}

struct PartnersSerde;

/// The version of the layout, the number of partners, then each with its count.
pub(crate) fn partners_serde() -> SharedSerde<Partners> {
    Arc::new(PartnersSerde)
}

const VERSION: u8 = 1;

impl Serde<Partners> for PartnersSerde {
    fn serialize(&self, partners: &Partners, out: &mut Vec<u8>) -> Result<bool, SerdeError> {
        out.push(VERSION);
        put_u64(partners.0.len() as u64, out);
        for (product, count) in &partners.0 {
            put_text(product, out);
            put_i64(*count, out);
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
    for _ in 0..length {
        let product = take_text(&mut bytes)?;
        partners.push((Arc::from(product), take_i64(&mut bytes)?));
    }
    bytes.is_empty().then_some(Partners(partners))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn partners(counts: &BTreeMap<String, i64>) -> Partners {
        Partners(counts.iter().map(|(product, count)| (product.as_str().into(), *count)).collect())
    }

    proptest! {
        #[test]
        fn merging_adds_up_like_a_map(
            a in prop::collection::btree_map("[a-d]{1,2}", -3_i64..3, 0..20),
            b in prop::collection::btree_map("[a-d]{1,2}", -3_i64..3, 0..20),
        ) {
            let mut sum = a.clone();
            b.iter().for_each(|(product, count)| *sum.entry(product.clone()).or_default() += count);
            let merged = partners(&a).merged(partners(&b)).unwrap();
            prop_assert_eq!(&merged, &partners(&sum));
            sum.retain(|_, count| *count != 0);
            prop_assert_eq!(merged.settled(), partners(&sum));
        }

        #[test]
        fn runs_round_trip(counts in prop::collection::btree_map(".{0,9}", any::<i64>(), 0..40)) {
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
        let products: Vec<Arc<str>> = vec!["a".into(), "b".into(), "c".into()];
        assert_eq!(Partners::of_basket("b", &products, 1).iter().map(|(id, _)| &**id).collect::<Vec<_>>(), ["a", "c"]);
    }

    #[test]
    fn sums_do_not_wrap() {
        let most = || Partners(vec![("a".into(), i64::MAX)]);
        assert_eq!(most().merged(most()), None);
    }

    #[test]
    fn runs_of_a_product_lie_side_by_side() {
        let bytes = |product: &str, run| {
            let mut out = Vec::new();
            run_key_serde().serialize(&RunKey { product: product.into(), run }, &mut out).unwrap();
            out
        };
        assert!([bytes("a", 0), bytes("a", 1), bytes("aa", 0), bytes("b", 0)].is_sorted());
        let key = run_key_serde().deserialize(Some(&bytes("a\u{e4}", 2))).unwrap();
        assert_eq!(key, RunKey { product: "aä".into(), run: 2 });
        assert!(run_key_serde().deserialize(Some(b"a")).is_err());
    }
}
