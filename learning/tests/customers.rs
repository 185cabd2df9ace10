//! What is learned of customers and their habits while the shop sells.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::time::Duration;

use common::{NEVER, NOON, REFILL, Shop, settings};
use tillstream_learning::LearningSettings;
use tillstream_processors::recommendations::ListQuery;

const DAY: i64 = 86_400_000;

#[test]
fn segments_are_published_followed_and_move_with_a_purchase() {
    let directory = tempfile::tempdir().unwrap();
    let mut shop = Shop::open(directory.path(), settings(NEVER));
    assert_eq!(shop.recommendations.answers().segmentation().unwrap(), None);
    // A third bought long ago, the others lately; of those half much.
    let (first, later): (Vec<i64>, Vec<i64>) = (0..60).partition(|user| user % 3 == 0);
    for user in first.into_iter().chain(later) {
        let at = NOON + if user % 3 == 0 { user } else { 200 * DAY + user };
        let products: Vec<u32> = (0..if user % 2 == 0 { 20 } else { 2 }).map(|place| 10_000 + place).collect();
        shop.buy(&format!("u{user}"), &format!("first-{user}"), at, &products);
    }
    shop.commit();
    assert!(shop.learning.train_now(Duration::from_secs(60)));
    let answers = shop.recommendations.answers().clone();
    let all = answers.segmentation().unwrap().unwrap();
    assert_eq!((all.card.version, all.card.customers, all.customers), (1, 60, 60));
    assert_eq!(all.segments.iter().map(|segment| segment.customers).sum::<u64>(), 60);
    assert_eq!(shop.metric("tillstream_segments_version"), 1.0);
    let segment = |user: &str| answers.customer_profile(user).unwrap().unwrap().segment.unwrap();
    let lost = segment("u3");
    assert!(lost == "lost" && segment("u4") != lost, "{}", segment("u4"));
    for order in 0..3 {
        shop.buy("u3", &format!("again-{order}"), NOON + 200 * DAY + 100, &(10_000..10_020).collect::<Vec<_>>());
    }
    shop.commit();
    assert_ne!(segment("u3"), lost);
    assert_eq!(answers.segment_model().unwrap().card.version, 1, "with her purchase, by the same model");
    drop(shop);

    let shop = Shop::open(directory.path(), LearningSettings { training: false, ..settings(NEVER) });
    shop.until("the segments of before", |shop| shop.recommendations.answers().segment_model().is_some());
    assert_eq!(shop.recommendations.answers().segment_model().unwrap().card, all.card);
}

#[test]
fn what_is_used_up_is_listed_again() {
    let directory = tempfile::tempdir().unwrap();
    let mut shop = Shop::open(directory.path(), settings(NEVER));
    let (soap, lamp) = (10_001, 10_002);
    for order in 0..3 {
        for user in 0..40_u32 {
            let mut products = vec![soap, 10_003 + (user + 7 * order) % 20];
            if order == 0 {
                products.extend([lamp, REFILL]);
            }
            shop.buy(&format!("u{user}"), &format!("{order}-{user}"), NOON + i64::from(order) * DAY, &products);
        }
    }
    shop.commit();
    assert!(shop.learning.train_now(Duration::from_secs(60)));
    let listed: Vec<u32> = shop
        .list("u1", &ListQuery { limit: 40, ..ListQuery::default() })
        .into_iter()
        .map(|(product, _)| product)
        .collect();
    assert!(listed.contains(&soap), "all her buyers buy it again: {listed:?}");
    assert!(listed.contains(&REFILL), "the shop says so: {listed:?}");
    assert!(!listed.contains(&lamp), "one is enough: {listed:?}");
}
