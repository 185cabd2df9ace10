//! What is bought together: for each product, how many baskets it shares with each other product.

mod basket;
mod bucket;
pub(crate) mod numbers;
pub(crate) mod partners;
mod processor;
mod read;

pub use basket::{Basket, BasketRules};
pub(crate) use read::Catalogue;
pub use read::{CoPurchaseTotals, Companion, Companions, PairPage, ProductPair};

use std::sync::Arc;

use tillstream_stores::{KeyValueBuilder, StoreOptions, arc_str};
use tillstream_topology::{KStream, Repartitioned, StreamsBuilder};

use processor::CountPairs;

/// Store of the partners of each product.
pub const CO_PURCHASES: &str = "co-purchases";
/// Store of the products that are paired, with their number and their baskets.
pub const CO_PURCHASE_PRODUCTS: &str = "co-purchase-products";

/// Sends each basket to the buckets of its products and counts there.
pub(crate) fn wire(builder: &StreamsBuilder, baskets: &KStream<Arc<str>, Basket>) {
    let pairs = builder.add_key_value_store(KeyValueBuilder::new(
        StoreOptions::new(CO_PURCHASES),
        partners::run_key_serde(),
        partners::partners_serde(),
    ));
    let products = KeyValueBuilder::new(StoreOptions::new(CO_PURCHASE_PRODUCTS), arc_str(), numbers::numbered_serde());
    let products = builder.add_key_value_store(products);
    baskets
        .named("baskets-by-bucket")
        .flat_map(|_, basket: Basket| {
            let buckets = bucket::buckets_of(&basket.products);
            buckets.into_iter().map(move |bucket| (bucket, basket.clone()))
        })
        .repartition(Repartitioned::with(arc_str(), basket::basket_serde()).named("baskets"))
        .named("count-pairs")
        .process_values::<(), _>(&[CO_PURCHASES, CO_PURCHASE_PRODUCTS], move |context| {
            Ok(CountPairs { pairs: context.store(&pairs)?, products: context.store(&products)? })
        });
}
