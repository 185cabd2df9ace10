//! What touches say about taste: weights of products.

use std::sync::Arc;

use super::history::History;
use super::touch::{Touch, TouchKind};

/// What each kind of touch counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    /// Of a purchase that was kept.
    pub bought: f32,
    /// Of a product that was put into the cart and left there.
    pub cart: f32,
    /// Of a look at its page.
    pub viewed: f32,
}

impl Default for Weights {
    /// 1 for a purchase, 0.3 for the cart, 0.05 for a view.
    fn default() -> Self {
        Self { bought: 1.0, cart: 0.3, viewed: 0.05 }
    }
}

/// What one touch says about a product.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// The product.
    pub product_id: Arc<str>,
    /// What it counts, above zero.
    pub weight: f32,
    /// When, epoch ms.
    pub at_ms: i64,
}

impl History {
    /// The signals of all touches, by product, then time. A return takes units back from the purchases before it, the latest
    /// first; what remains of a purchase counts in proportion. So does a product that was taken out of the cart.
    #[must_use]
    pub fn signals(&self, weights: Weights) -> Vec<Signal> {
        let mut signals = Vec::new();
        for (product, touches) in self.products() {
            let signal = |share: f32, weight: f32, at_ms| Signal {
                product_id: Arc::clone(product),
                weight: share * weight,
                at_ms,
            };
            for (taken, back, weight) in [
                (TouchKind::Bought, TouchKind::Returned, weights.bought),
                (TouchKind::CartAdded, TouchKind::CartRemoved, weights.cart),
            ] {
                let kept = kept(touches, taken, back).into_iter();
                signals.extend(kept.map(|kept| signal(kept.share(), weight, kept.at_ms)));
            }
            let views = touches.iter().filter(|(_, touch)| touch.kind == TouchKind::Viewed);
            signals.extend(views.map(|(_, touch)| signal(1.0, weights.viewed, touch.at_ms)));
        }
        signals.retain(|signal| signal.weight > 0.0);
        signals
    }

    /// The purchases of which something was kept, by product, with their times.
    pub fn kept_purchases(&self) -> impl Iterator<Item = (&Arc<str>, i64)> {
        let kept =
            |touches| kept(touches, TouchKind::Bought, TouchKind::Returned).into_iter().filter(|kept| kept.left > 0);
        self.products().flat_map(move |(product, touches)| kept(touches).map(move |kept| (product, kept.at_ms)))
    }

    /// The products of which something that was bought was kept, by id.
    pub fn bought(&self) -> impl Iterator<Item = &Arc<str>> {
        let has = |touches| kept(touches, TouchKind::Bought, TouchKind::Returned).iter().any(|kept| kept.left > 0);
        self.products().filter(move |(_, touches)| has(touches)).map(|(product, _)| product)
    }
}

/// What is left of something that was taken.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Kept {
    at_ms: i64,
    units: u32,
    left: u32,
}

impl Kept {
    fn share(&self) -> f32 {
        if self.units == 0 { 0.0 } else { self.left as f32 / self.units as f32 }
    }
}

/// Everything taken, with what is left of it after what went back.
fn kept(touches: &[(Arc<str>, Touch)], taken: TouchKind, back: TouchKind) -> Vec<Kept> {
    let mut all: Vec<Kept> = Vec::new();
    for Touch { at_ms, kind, units } in touches.iter().map(|(_, touch)| *touch) {
        if kind == taken {
            all.push(Kept { at_ms, units, left: units });
        } else if kind == back {
            let mut open = units;
            for kept in all.iter_mut().rev() {
                let gone = kept.left.min(open);
                kept.left -= gone;
                open -= gone;
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(touches: &[(i64, TouchKind, u32)]) -> History {
        let touch = |(at_ms, kind, units): &(i64, TouchKind, u32)| Touch { at_ms: *at_ms, kind: *kind, units: *units };
        touches.iter().map(|all| (Arc::from("a"), touch(all))).collect()
    }

    fn weights(touches: &[(i64, TouchKind, u32)]) -> Vec<(i64, f32)> {
        let signals = history(touches).signals(Weights { bought: 1.0, cart: 0.5, viewed: 0.25 });
        signals.into_iter().map(|signal| (signal.at_ms, signal.weight)).collect()
    }

    #[test]
    fn a_return_takes_back_from_the_latest_purchase_before_it() {
        use TouchKind::{Bought, Returned};
        assert_eq!(weights(&[(1, Bought, 4), (2, Bought, 4), (3, Returned, 5)]), [(1, 0.75)]);
        assert_eq!(weights(&[(1, Returned, 9), (2, Bought, 2)]), [(2, 1.0)]);
        assert_eq!(weights(&[(1, Bought, 2), (1, Returned, 2)]), []);
        assert_eq!(history(&[(1, Bought, 2), (1, Returned, 2)]).bought().count(), 0);
        assert_eq!(history(&[(1, Bought, 2), (1, Returned, 1)]).bought().count(), 1);
    }

    #[test]
    fn carts_and_views_count_less_and_a_removal_takes_back() {
        use TouchKind::{CartAdded, CartRemoved, Viewed};
        assert_eq!(weights(&[(1, Viewed, 1), (2, CartAdded, 2), (3, CartAdded, 1)]), [(2, 0.5), (3, 0.5), (1, 0.25)]);
        assert_eq!(weights(&[(2, CartAdded, 2), (3, CartRemoved, 2)]), []);
        assert_eq!(history(&[(1, Viewed, 1)]).bought().count(), 0);
    }
}
