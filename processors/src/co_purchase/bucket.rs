//! Products in buckets: a basket is sent once to each bucket it touches instead of once to each of its products, and the
//! task that owns the bucket counts for all of them.

use std::sync::Arc;

use tillstream_models::events::payload_hash;

/// Fewer means less traffic, more lets more tasks share the work. It decides where counts lie: never to be changed while
/// there are any.
const BUCKETS: u64 = 16;

/// The bucket of a product, as the key of records and rows: `00` to `0f`.
pub(crate) fn bucket_of(product: &str) -> Arc<str> {
    format!("{:02x}", payload_hash(product.as_bytes()) % BUCKETS).into()
}

/// The buckets of some products, each once, in order.
pub(crate) fn buckets_of(products: &[Arc<str>]) -> Vec<Arc<str>> {
    let mut buckets: Vec<Arc<str>> = products.iter().map(|product| bucket_of(product)).collect();
    buckets.sort_unstable();
    buckets.dedup();
    buckets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_stays_in_its_bucket_for_good() {
        // Counts lie in the partition of their bucket: these values must never change. XXH3 of nothing is published:
        // 0x2d06800538d394c2.
        assert_eq!([&*bucket_of("85099B"), &*bucket_of("22386"), &*bucket_of("")], ["0a", "0e", "02"]);
    }

    #[test]
    fn a_large_basket_touches_every_bucket_once() {
        let products: Vec<Arc<str>> = (10_000..10_540).map(|id: u32| id.to_string().into()).collect();
        let buckets = buckets_of(&products);
        assert_eq!(buckets.len() as u64, BUCKETS);
        assert!(buckets.is_sorted());
    }
}
