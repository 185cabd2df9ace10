//! The row of a customer: what she did with which products, within bounds.

use std::ops::Range;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::touch::Touch;
use crate::ShopSettings;

/// Touches of one product that are kept, the newest: more of them say nothing new, since a pair's weight is bounded too.
const TOUCHES_MAX: usize = 8;

/// Bounds of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Products kept, those touched last.
    pub products: usize,
    /// Touches kept of each, the newest.
    pub touches: usize,
}

impl Limits {
    pub(super) fn new(settings: &ShopSettings) -> Self {
        Self { products: settings.history_products_max.max(1), touches: TOUCHES_MAX }
    }
}

/// What a customer did with which products: touches by product, then time. Below the bounds it does not depend on the order
/// in which touches come in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History(Vec<(Arc<str>, Touch)>);

impl History {
    /// All touches, by product, then time.
    #[must_use]
    pub fn touches(&self) -> &[(Arc<str>, Touch)] {
        &self.0
    }

    /// The products with their touches, each oldest first.
    pub fn products(&self) -> impl Iterator<Item = (&Arc<str>, &[(Arc<str>, Touch)])> {
        self.0.chunk_by(|a, b| a.0 == b.0).filter_map(|touches| Some((&touches.first()?.0, touches)))
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The time of the last touch, epoch ms.
    #[must_use]
    pub fn last_ms(&self) -> Option<i64> {
        self.0.iter().map(|(_, touch)| touch.at_ms).max()
    }

    /// Appends without looking at bounds; the touches must come by product, then time.
    pub(super) fn from_sorted(touches: Vec<(Arc<str>, Touch)>) -> Option<Self> {
        touches.is_sorted().then_some(Self(touches))
    }

    /// Adds touches, then lets go of what exceeds the bounds.
    pub fn merge(&mut self, other: Self, limits: Limits) {
        for (product, touch) in other.0 {
            self.add(product, touch, limits.touches);
        }
        self.forget(limits.products);
    }

    fn add(&mut self, product: Arc<str>, touch: Touch, touches_max: usize) {
        let own = self.of(&product);
        let within = self.0.get(own.clone()).unwrap_or_default();
        let place = own.start + within.partition_point(|(_, known)| *known <= touch);
        self.0.insert(place, (product, touch));
        if own.len() >= touches_max {
            self.0.remove(own.start);
        }
    }

    /// Where the touches of a product are, or would be.
    fn of(&self, product: &str) -> Range<usize> {
        let start = self.0.partition_point(|(known, _)| &**known < product);
        let behind = self.0.get(start..).unwrap_or_default();
        start..start + behind.partition_point(|(known, _)| &**known == product)
    }

    /// Lets go of the product touched longest ago, of several the one with the least id, until few enough are left.
    fn forget(&mut self, products_max: usize) {
        for _ in products_max..self.products().count() {
            let last = |(product, touches): (&Arc<str>, &[(Arc<str>, Touch)])| {
                (touches.last().map(|(_, touch)| touch.at_ms), Arc::clone(product))
            };
            if let Some((_, product)) = self.products().map(last).min() {
                let own = self.of(&product);
                self.0.drain(own);
            }
        }
    }
}

/// Shown as a map from products to touches.
impl Serialize for History {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let touches = |touches: &[(Arc<str>, Touch)]| touches.iter().map(|(_, touch)| *touch).collect::<Vec<_>>();
        serializer.collect_map(self.products().map(|(product, all)| (&**product, touches(all))))
    }
}

impl FromIterator<(Arc<str>, Touch)> for History {
    fn from_iter<I: IntoIterator<Item = (Arc<str>, Touch)>>(touches: I) -> Self {
        let mut touches: Vec<_> = touches.into_iter().collect();
        touches.sort_unstable();
        Self(touches)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::TouchKind;
    use super::*;

    const LIMITS: Limits = Limits { products: 3, touches: 2 };

    fn history(touches: &[(&str, i64)]) -> History {
        let touch = |at_ms| Touch { at_ms, kind: TouchKind::Bought, units: 1 };
        touches.iter().map(|(product, at)| (Arc::from(*product), touch(*at))).collect()
    }

    #[test]
    fn the_newest_touches_and_the_products_touched_last_are_kept() {
        let mut known = History::default();
        known.merge(history(&[("a", 1), ("a", 2), ("b", 5), ("c", 3)]), LIMITS);
        known.merge(history(&[("a", 4), ("d", 6)]), LIMITS);
        assert_eq!(known, history(&[("a", 2), ("a", 4), ("b", 5), ("d", 6)]));
        known.merge(history(&[("b", 1), ("b", 2), ("b", 3)]), LIMITS);
        assert_eq!(known, history(&[("a", 2), ("a", 4), ("b", 3), ("b", 5), ("d", 6)]));
    }

    proptest! {
        #[test]
        fn the_order_of_arrival_does_not_matter(
            mut touches in prop::collection::vec((0..5_u8, 0..50_i64), 0..40), turn in 0..40_usize,
        ) {
            let limits = Limits { products: 5, touches: 3 };
            let fold = |touches: &[(u8, i64)]| touches.iter().fold(History::default(), |mut known, (product, at)| {
                known.merge(history(&[(&product.to_string(), *at)]), limits);
                known
            });
            let known = fold(&touches);
            let by = turn % touches.len().max(1);
            touches.rotate_left(by);
            prop_assert_eq!(fold(&touches), known);
        }
    }
}
