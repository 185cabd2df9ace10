//! One visit: look, search, fill the cart, perhaps buy.

use rand::RngExt;
use tillstream_models::events::{
    ActivityEvent, CartItem, CheckoutStarted, ProductViewed, RecommendationClicked, RecommendationShown, Searched,
};

use super::Simulator;
use super::fulfilment::delay;
use super::shoppers::Shopper;

/// Products looked at in a visit; each entry is as likely as another.
const VIEWS: [u32; 8] = [1, 1, 2, 2, 3, 4, 5, 8];
/// Shares of what visitors do.
const SEARCH_SHARE: f64 = 0.3;
const RECOMMENDED_SHARE: f64 = 0.2;
const CLICK_SHARE: f64 = 0.25;
const CART_SHARE: f64 = 0.3;
const REMOVE_SHARE: f64 = 0.1;
const CHECKOUT_SHARE: f64 = 0.6;
const ORDER_SHARE: f64 = 0.85;
/// Time between two steps, in milliseconds at the pace of life.
const STEP_MS: std::ops::Range<i64> = 2_000..40_000;
/// Products in a recommendation.
const RECOMMENDED: usize = 5;
/// The model that the simulated shop says it asked.
const MODEL: &str = "simulated";

/// A product, by its place in the catalogue, and how many of it.
pub(super) type CartLine = (usize, i32);

impl Simulator {
    /// Plays a visit that begins at `at_ms`.
    pub(super) fn visit(&mut self, at_ms: i64) {
        let shopper = self.shoppers.next(&mut self.rng);
        let mut now_ms = at_ms;
        self.take_back(now_ms);
        if self.rng.random_bool(SEARCH_SHARE) {
            self.search(now_ms, &shopper);
            now_ms += self.step();
        }
        let mut cart = Vec::new();
        let views = VIEWS.get(self.rng.random_range(0..VIEWS.len())).copied().unwrap_or(1);
        for _ in 0..views {
            self.look(now_ms, &shopper, &mut cart);
            now_ms += self.step();
        }
        if !cart.is_empty() && self.rng.random_bool(CHECKOUT_SHARE) {
            self.check_out(now_ms, &shopper, &cart);
        }
    }

    fn step(&mut self) -> i64 {
        delay(STEP_MS, self.config.pace(), &mut self.rng)
    }

    fn search(&mut self, now_ms: i64, shopper: &Shopper) {
        let query = self.catalogue.query(self.catalogue.draw(&mut self.rng));
        let envelope = self.publisher.envelope(now_ms);
        let visitor = shopper.visitor.clone();
        let searched = ActivityEvent::Searched(Searched { envelope, visitor, query });
        self.publisher.publish(now_ms, &searched);
    }

    /// Looks at a product, perhaps at a recommended one, and perhaps puts it into the cart.
    fn look(&mut self, now_ms: i64, shopper: &Shopper, cart: &mut Vec<CartLine>) {
        let mut place = self.catalogue.draw(&mut self.rng);
        if self.rng.random_bool(RECOMMENDED_SHARE) {
            place = self.recommend(now_ms, shopper).unwrap_or(place);
        }
        let viewed = ActivityEvent::ProductViewed(ProductViewed {
            envelope: self.publisher.envelope(now_ms),
            visitor: shopper.visitor.clone(),
            product_id: self.catalogue.id(place),
        });
        self.publisher.publish(now_ms, &viewed);
        if !self.rng.random_bool(CART_SHARE) || cart.iter().any(|(in_cart, _)| *in_cart == place) {
            return;
        }
        let quantity = self.rng.random_range(1..=3);
        let item = self.cart_item(now_ms, shopper, (place, quantity));
        self.publisher.publish(now_ms, &ActivityEvent::CartItemAdded(item));
        if self.rng.random_bool(REMOVE_SHARE) {
            let item = self.cart_item(now_ms, shopper, (place, quantity));
            self.publisher.publish(now_ms, &ActivityEvent::CartItemRemoved(item));
        } else {
            cart.push((place, quantity));
        }
    }

    /// Shows recommendations; the answer is the one that was followed.
    fn recommend(&mut self, now_ms: i64, shopper: &Shopper) -> Option<usize> {
        let places: Vec<usize> = (0..RECOMMENDED).map(|_| self.catalogue.draw(&mut self.rng)).collect();
        let shown = ActivityEvent::RecommendationShown(RecommendationShown {
            envelope: self.publisher.envelope(now_ms),
            visitor: shopper.visitor.clone(),
            product_ids: places.iter().map(|place| self.catalogue.id(*place)).collect(),
            model: Some(MODEL.into()),
        });
        self.publisher.publish(now_ms, &shown);
        let followed = places.get(self.rng.random_range(0..RECOMMENDED)).copied()?;
        if !self.rng.random_bool(CLICK_SHARE) {
            return None;
        }
        let clicked = ActivityEvent::RecommendationClicked(RecommendationClicked {
            envelope: self.publisher.envelope(now_ms),
            visitor: shopper.visitor.clone(),
            product_id: self.catalogue.id(followed),
            model: Some(MODEL.into()),
        });
        self.publisher.publish(now_ms, &clicked);
        Some(followed)
    }

    fn cart_item(&mut self, now_ms: i64, shopper: &Shopper, (place, quantity): CartLine) -> CartItem {
        CartItem {
            envelope: self.publisher.envelope(now_ms),
            visitor: shopper.visitor.clone(),
            product_id: self.catalogue.id(place),
            quantity,
        }
    }

    fn check_out(&mut self, now_ms: i64, shopper: &Shopper, cart: &[CartLine]) {
        self.orders += 1;
        let order_id: Box<str> = self.publisher.id("o", self.orders).into();
        let started = ActivityEvent::CheckoutStarted(CheckoutStarted {
            envelope: self.publisher.envelope(now_ms),
            visitor: shopper.visitor.clone(),
            order_id: Some(order_id.clone()),
        });
        self.publisher.publish(now_ms, &started);
        if self.rng.random_bool(ORDER_SHARE) {
            let placed_ms = now_ms + self.step();
            self.order(placed_ms, order_id, shopper, cart);
        }
    }
}
