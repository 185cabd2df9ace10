//! What the shop sells and has in stock.

use rand::{Rng, RngExt};
use tillstream_models::events::{
    Currency, InventoryEvent, Money, OrderLine, ProductEvent, ProductUpserted, StockCounted,
};

use super::SimulatorConfig;
use super::publisher::Publisher;
use crate::zipf::Zipf;

/// How much more the popular sell than the others (exponent of Zipf's law).
const POPULARITY: f64 = 0.9;
/// Stock of each product at the opening.
const OPENING_STOCK: i32 = 500;
/// Stock at which more is ordered.
const REORDER_LEVEL: i32 = 50;
/// How many come with a delivery.
const DELIVERY: i32 = 500;

const CATEGORIES: [&str; 16] = [
    "kitchen",
    "lighting",
    "garden",
    "toys",
    "stationery",
    "textiles",
    "storage",
    "bags",
    "party",
    "jewellery",
    "decoration",
    "bath",
    "baking",
    "books",
    "music",
    "sports",
];
const STYLES: [&str; 12] = [
    "Vintage", "Nordic", "Classic", "Rustic", "Modern", "Striped", "Woodland", "Enamel", "Linen", "Copper", "Coastal",
    "Retro",
];
const THINGS: [&str; 16] = [
    "Mug",
    "Lantern",
    "Planter",
    "Puzzle",
    "Notebook",
    "Cushion",
    "Basket",
    "Tote",
    "Bunting",
    "Necklace",
    "Frame",
    "Soap Dish",
    "Cake Stand",
    "Atlas",
    "Songbook",
    "Skipping Rope",
];

/// All products, the most popular first.
#[derive(Debug)]
pub(super) struct Catalogue {
    products: Vec<Product>,
    popularity: Zipf,
}

#[derive(Debug)]
struct Product {
    id: Box<str>,
    name: Box<str>,
    category: &'static str,
    price: Money,
    stock: i32,
}

impl Catalogue {
    /// Makes the products and publishes them with their stock.
    pub(super) fn open(config: &SimulatorConfig, rng: &mut impl Rng, publisher: &mut Publisher) -> Self {
        let products: Vec<Product> = (0..config.products).map(|at| Product::new(at, rng)).collect();
        for product in &products {
            product.publish(config.start_ms, publisher);
        }
        Self { products, popularity: Zipf::new(config.products, POPULARITY) }
    }

    /// The place of a product, popular ones more often.
    pub(super) fn draw(&self, rng: &mut impl Rng) -> usize {
        self.popularity.at(rng.random())
    }

    /// The id of the product at a place that was drawn.
    pub(super) fn id(&self, place: usize) -> Box<str> {
        self.products.get(place).map(|product| product.id.clone()).unwrap_or_default()
    }

    /// Words somebody searches who wants the product.
    pub(super) fn query(&self, place: usize) -> Box<str> {
        let name = self.products.get(place).map(|product| product.name.to_lowercase());
        name.unwrap_or_default().into()
    }

    /// An order line of the product.
    pub(super) fn line(&self, place: usize, quantity: i32) -> Option<OrderLine> {
        let product = self.products.get(place)?;
        Some(OrderLine {
            product_id: product.id.clone(),
            name: product.name.clone(),
            category: product.category.into(),
            quantity,
            unit_price: product.price,
        })
    }

    /// How many are missing for so many of the product.
    pub(super) fn missing(&self, place: usize, quantity: i32) -> i32 {
        self.products.get(place).map_or(quantity, |product| (quantity - product.stock).max(0))
    }

    /// Takes out of stock (negative) or puts back; the answer is the delivery that now comes.
    pub(super) fn move_stock(&mut self, place: usize, delta: i32) -> Option<i32> {
        let product = self.products.get_mut(place)?;
        product.stock += delta;
        (product.stock < REORDER_LEVEL).then(|| {
            product.stock += DELIVERY;
            DELIVERY
        })
    }
}

impl Product {
    fn new(at: usize, rng: &mut impl Rng) -> Self {
        let pick = |names: &[&'static str], at: usize| names.get(at % names.len()).copied().unwrap_or_default();
        let (style, thing) = (pick(&STYLES, at / THINGS.len()), pick(&THINGS, at));
        Self {
            id: format!("P{at:06}").into(),
            name: format!("{style} {thing} {at}").into(),
            category: pick(&CATEGORIES, at),
            // 0.95 to 80.00, most of them cheap: the lesser of two draws.
            price: Money::from_units(rng.random_range(95..8_000_i64).min(rng.random_range(95..8_000)) * 100),
            stock: OPENING_STOCK,
        }
    }

    fn publish(&self, at_ms: i64, publisher: &mut Publisher) {
        let product = ProductEvent::Upserted(ProductUpserted {
            envelope: publisher.envelope(at_ms),
            product_id: self.id.clone(),
            name: self.name.clone(),
            category: self.category.into(),
            price: Some((self.price, Currency::GBP)),
        });
        publisher.publish(at_ms, &product);
        let counted = InventoryEvent::Counted(StockCounted {
            envelope: publisher.envelope(at_ms),
            product_id: self.id.clone(),
            quantity: self.stock,
        });
        publisher.publish(at_ms, &counted);
    }
}
