//! What is bought together: for each product, how many baskets it shares with each other product.

mod basket;
mod partners;
mod processor;
mod read;

pub use basket::{Basket, BasketRules};
pub use read::{CoPurchaseTotals, Companion, PairPage, ProductPair};

use std::sync::Arc;

use tillstream_stores::{KeyValueBuilder, StoreOptions, arc_str, i64_be};
use tillstream_topology::{KStream, Repartitioned, StreamsBuilder};

use processor::CountPairs;

/// Store of the partners of each product.
pub const CO_PURCHASES: &str = "co-purchases";
/// Store of the number of baskets of each product.
pub const PRODUCT_BASKETS: &str = "product-baskets";

/// Sends each basket to each of its products and counts there. What crosses the log grows with the square of the basket,
/// but as one record a product, not one a pair.
pub(crate) fn wire(builder: &StreamsBuilder, baskets: &KStream<Arc<str>, Basket>) {
    let pairs = builder.add_key_value_store(KeyValueBuilder::new(
        StoreOptions::new(CO_PURCHASES),
        partners::run_key_serde(),
        partners::partners_serde(),
    ));
    let counts = builder.add_key_value_store(KeyValueBuilder::new(
        StoreOptions::new(PRODUCT_BASKETS),
        arc_str(),
        i64_be(),
    ));
    baskets
        .named("baskets-by-product")
        .flat_map(|_, basket: Basket| {
            let products = Arc::clone(&basket.products);
            (0..products.len()).filter_map(move |place| Some((Arc::clone(products.get(place)?), basket.clone())))
        })
        .repartition(Repartitioned::with(arc_str(), basket::basket_serde()).named("baskets-by-product"))
        .named("count-pairs")
        .process_values::<(), _>(&[CO_PURCHASES, PRODUCT_BASKETS], move |context| {
            Ok(CountPairs { pairs: context.store(&pairs)?, baskets: context.store(&counts)? })
        });
}
