//! What was bought together in one order.

use std::sync::Arc;

use regex::Regex;
use rustc_hash::FxHashSet;
use tillstream_stores::{Serde, SerdeError, SharedSerde};

use crate::ShopSettings;
use crate::sales::Line;
use crate::varint::{put_i64, put_text, take_i64, take_text};

/// Users whose id begins so are no customers one knows: their orders are sales, but say little about who buys what.
const GUEST: &str = "guest-";

/// The products of one basket, each once, by id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basket {
    /// 1 for a basket that was bought, -1 for one that is taken back.
    pub sign: i64,
    /// Product ids, sorted.
    pub products: Arc<[Arc<str>]>,
}

/// Which orders make baskets, and of what.
#[derive(Clone, Debug)]
pub struct BasketRules {
    pattern: Regex,
    max_items: usize,
}

impl BasketRules {
    /// The rules of `settings`.
    ///
    /// # Errors
    /// When the product pattern is not a regular expression.
    pub fn new(settings: &ShopSettings) -> Result<Self, regex::Error> {
        let pattern = Regex::new(&settings.basket_product_pattern)?;
        Ok(Self { pattern, max_items: settings.basket_max_items })
    }

    /// Whether it is somebody one meets again.
    #[must_use]
    pub(crate) fn is_customer(&self, user_id: &str) -> bool {
        !user_id.starts_with(GUEST)
    }

    /// Whether an id is that of a product: not postage, a fee or a voucher.
    #[must_use]
    pub(crate) fn is_product(&self, product: &Arc<str>) -> bool {
        self.pattern.is_match(&upper_cased(product))
    }

    /// The basket of an order, and whether products were left out because there are too many: pairs grow with the square
    /// of their number. `None` for guests and for orders without a product that is paired.
    #[must_use]
    pub fn basket(&self, user_id: &str, lines: &[Line], sign: i64) -> Option<(Basket, bool)> {
        if !self.is_customer(user_id) {
            return None;
        }
        let mut known: FxHashSet<Arc<str>> = FxHashSet::default();
        let mut products = Vec::new();
        for line in lines.iter().filter(|line| line.amount.units() > 0) {
            let product = upper_cased(&line.product_id);
            if self.pattern.is_match(&product) && known.insert(Arc::clone(&product)) {
                products.push(product);
            }
        }
        let truncated = products.len() > self.max_items;
        products.truncate(self.max_items);
        products.sort_unstable();
        (!products.is_empty()).then(|| (Basket { sign, products: products.into() }, truncated))
    }
}

/// Product ids are paired in upper case: `85099b` and `85099B` are one product typed twice. The sales history is in upper case
/// before it becomes events (a row of it is read so), so this is for events from elsewhere; other answers take ids as they are
/// sent, since only pairs have a rule for what a product's id looks like.
pub(crate) fn upper_cased(product: &Arc<str>) -> Arc<str> {
    if product.bytes().any(|byte| byte.is_ascii_lowercase()) {
        product.to_ascii_uppercase().into()
    } else {
        Arc::clone(product)
    }
}

struct BasketSerde;

/// Sign, then each product with its length.
pub(crate) fn basket_serde() -> SharedSerde<Basket> {
    Arc::new(BasketSerde)
}

impl Serde<Basket> for BasketSerde {
    fn serialize(&self, basket: &Basket, out: &mut Vec<u8>) -> Result<bool, SerdeError> {
        put_i64(basket.sign, out);
        basket.products.iter().for_each(|product| put_text(product, out));
        Ok(true)
    }

    fn deserialize(&self, bytes: Option<&[u8]>) -> Result<Basket, SerdeError> {
        bytes.and_then(decode).ok_or_else(|| SerdeError::new("invalid_basket", "not a basket"))
    }
}

fn decode(mut bytes: &[u8]) -> Option<Basket> {
    let sign = take_i64(&mut bytes)?;
    let mut products = Vec::new();
    while !bytes.is_empty() {
        products.push(Arc::from(take_text(&mut bytes)?));
    }
    Some(Basket { sign, products: products.into() })
}

#[cfg(test)]
mod tests {
    use tillstream_models::events::Money;

    use super::*;

    fn lines(products: &[(&str, i64)]) -> Vec<Line> {
        let line = |(product, units): &(&str, i64)| Line {
            product_id: (*product).into(),
            name: "n".into(),
            category: "c".into(),
            quantity: 1,
            unit_price: Money::from_units(*units),
            amount: Money::from_units(*units),
        };
        products.iter().map(line).collect()
    }

    fn rules(basket_max_items: usize) -> BasketRules {
        BasketRules::new(&ShopSettings { basket_max_items, ..ShopSettings::default() }).unwrap()
    }

    #[test]
    fn a_basket_holds_each_priced_product_once_in_upper_case() {
        let lines = lines(&[("22697", 1), ("85099b", 1), ("POST", 1), ("85099B", 1), ("22698", 0), ("1234", 1)]);
        let (basket, truncated) = rules(10).basket("17850", &lines, 1).unwrap();
        assert_eq!(basket.products.iter().map(|id| &**id).collect::<Vec<_>>(), ["22697", "85099B"]);
        assert!(!truncated);
        assert_eq!(rules(10).basket("guest-1", &lines, 1), None);
    }

    #[test]
    fn large_baskets_keep_the_first_products() {
        let lines = lines(&[("30000", 1), ("10000", 1), ("30000", 1), ("20000", 1)]);
        let (basket, truncated) = rules(2).basket("u", &lines, 1).unwrap();
        assert_eq!(basket.products.iter().map(|id| &**id).collect::<Vec<_>>(), ["10000", "30000"]);
        assert!(truncated);
        assert!(!rules(3).basket("u", &lines, 1).unwrap().1);
    }

    #[test]
    fn baskets_round_trip() {
        let (basket, _) = rules(9).basket("u", &lines(&[("10000", 1), ("20000", 1)]), -1).unwrap();
        let mut out = Vec::new();
        basket_serde().serialize(&basket, &mut out).unwrap();
        assert_eq!(basket_serde().deserialize(Some(&out)).unwrap(), basket);
        out.pop();
        assert_eq!(basket_serde().deserialize(Some(&out)).unwrap_err().class(), "invalid_basket");
    }
}
