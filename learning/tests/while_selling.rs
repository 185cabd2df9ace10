//! Learning beside a shop that sells, on an embedded log: models are published, followed and served; histories count at once.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::time::Duration;

use common::{NEVER, NOON, Shop, experiment, settings};
use tillstream_learning::LearningSettings;
use tillstream_models::events::{ActivityEvent, CartItem, Envelope, RecommendationClicked, Visitor};
use tillstream_processors::ShopSettings;
use tillstream_processors::recommendations::{ListQuery, Source};

#[test]
fn models_follow_what_is_sold_and_a_start_serves_the_last_one() {
    let directory = tempfile::tempdir().unwrap();
    let mut shop = Shop::open(directory.path(), settings(50));
    let unknown = shop.recommendations.for_customer("u0", &ListQuery::default()).unwrap();
    assert_eq!((unknown.items.len(), unknown.model, unknown.fallback), (0, None, Some(Source::Popular)));
    shop.sell();
    shop.until("the first model", |shop| shop.version() > 0 && shop.metric("tillstream_recommender_customers") >= 60.0);
    let query = ListQuery { limit: 5, explain: true, ..ListQuery::default() };
    let list = shop.recommendations.for_customer("u2", &query).unwrap();
    assert_eq!((list.fallback, list.items.len()), (None, 5));
    assert!(list.items.iter().all(|item| item.product_id.starts_with('1')), "{:?}", list.items);
    assert!(list.items.iter().all(|item| item.because.first().is_some_and(|why| why.bought)), "{:?}", list.items);

    let version = shop.version();
    shop.buy("u2", "later", NOON + 60_000, &[10_019]);
    shop.commit();
    shop.until("a model after the purchase", |shop| shop.version() > version);
    let served = shop.recommendations.model().unwrap();
    assert_eq!(shop.metric("tillstream_recommender_model_version"), served.card().version as f64);
    drop(shop);

    let shop = Shop::open(directory.path(), LearningSettings { training: false, ..settings(50) });
    shop.until("the model of before", |shop| shop.version() > 0);
    let again = shop.recommendations.model().unwrap();
    assert!(again.card().version >= served.card().version);
    if again.card().version == served.card().version {
        assert_eq!(again.to_bytes().unwrap(), served.to_bytes().unwrap());
    }
}

#[test]
fn a_purchase_counts_with_its_commit_and_rules_hold() {
    let directory = tempfile::tempdir().unwrap();
    let mut shop = Shop::open(directory.path(), settings(NEVER));
    shop.sell();
    assert!(shop.learning.train_now(Duration::from_secs(60)));
    let query = ListQuery { limit: 8, ..ListQuery::default() };
    let before = shop.list("u2", &query);
    let bought = before[0].0;
    shop.buy("u2", "later", NOON + 60_000, &[bought]);
    shop.commit();
    let after = shop.list("u2", &query);
    assert_eq!(shop.version(), 1, "no other model");
    assert!(after.iter().all(|(product, _)| *product != bought));
    let score =
        |list: &[(u32, f32)], product| list.iter().find(|(other, _)| *other == product).map(|(_, score)| *score);
    assert_ne!(score(&before, before[1].0), score(&after, before[1].0), "folded in with the purchase");
    assert!(
        shop.list("u2", &ListQuery { again: true, limit: 40, ..ListQuery::default() })
            .iter()
            .any(|(product, _)| *product == bought)
    );

    let odd = ListQuery { category: Some("odd".to_owned()), ..query.clone() };
    assert!(shop.list("u2", &odd).iter().all(|(product, _)| product % 2 == 1));
    let nothing = ListQuery { category: Some("no such".to_owned()), ..query.clone() };
    assert!(shop.list("u2", &nothing).is_empty());
    let without = ListQuery { exclude: vec![after[0].0.to_string()], ..query.clone() };
    assert_eq!(shop.list("u2", &without)[0].0, after[1].0);
    let varied = ListQuery { diversity: 0.7, ..query };
    assert_eq!(shop.list("u2", &varied).len(), 8);

    let stranger = shop.recommendations.for_customer("nobody", &ListQuery::default()).unwrap();
    assert_eq!((stranger.fallback, stranger.items.len()), (Some(Source::Trending), 10));
    let alike = shop.recommendations.products_like("10001", 5).unwrap();
    assert!(alike.model.is_some() && alike.products.iter().all(|other| other.product_id.starts_with('1')), "{alike:?}");
    let customers = shop.recommendations.customers_like("u2", 5).unwrap().unwrap().customers;
    assert!(customers.iter().all(|(user, _)| user[1..].parse::<u32>().unwrap() % 2 == 0), "{customers:?}");
    assert!(shop.recommendations.customers_like("nobody", 5).unwrap().is_none());
}

#[test]
fn a_flood_of_one_account_is_bounded_and_nobody_gets_what_is_no_number() {
    let directory = tempfile::tempdir().unwrap();
    let mut shop = Shop::open(directory.path(), settings(NEVER));
    shop.sell();
    for number in 0..100_000_u32 {
        shop.append(&ActivityEvent::CartItemAdded(CartItem {
            envelope: Envelope::new(format!("flood-{number}"), NOON + i64::from(number % 1_000)),
            visitor: Visitor { user_id: Some("bot".into()), session_id: None },
            product_id: format!("{}", 10_000 + number % 20_000).into(),
            quantity: 1_000_000,
        }));
    }
    shop.commit();
    let bot = shop.recommendations.answers().customer("bot").unwrap();
    assert_eq!(bot.activity.products().count(), ShopSettings::default().history_products_max);
    assert!(shop.learning.train_now(Duration::from_secs(60)));
    for user in (0..60).map(|user| format!("u{user}")).chain(["bot".to_owned(), "nobody".to_owned()]) {
        let list = shop.list(&user, &ListQuery { limit: 20, ..ListQuery::default() });
        assert!(list.len() == 20 && list.iter().all(|(_, score)| score.is_finite()), "{user}: {list:?}");
    }
    let own = shop.list("u3", &ListQuery { limit: 3, ..ListQuery::default() });
    assert!(own.iter().all(|(product, _)| (20_000..20_020).contains(product)), "{own:?}");
    assert!(shop.log.topics().is_ok());
}

#[test]
fn an_experiment_tells_who_bought_what_she_was_shown() {
    let directory = tempfile::tempdir().unwrap();
    let mut shop = Shop::open(directory.path(), settings(NEVER));
    shop.sell();
    assert!(shop.learning.train_now(Duration::from_secs(60)));
    let (mut shown, mut personal) = (Vec::new(), 0);
    for user in 0..60 {
        let list =
            shop.recommendations.show(&format!("u{user}"), &ListQuery { limit: 3, ..ListQuery::default() }).unwrap();
        let variant = list.experiment.unwrap().1;
        assert_eq!(list.list.fallback.is_none(), variant == "personal", "the variant decides where lists begin");
        personal += u64::from(variant == "personal");
        shown.push((variant, list.list.items[0].product_id.parse::<u32>().unwrap()));
    }
    shop.until("exposures are kept", |shop| {
        let report = shop.recommendations.answers().experiment(&experiment()).unwrap();
        report.variants.iter().map(|variant| variant.customers).sum::<u64>() == 60
    });
    // Of those with lists of their own two in three buy what they were shown, of the others one in three.
    let (mut own, mut others) = (0, 0);
    for (user, (variant, product)) in shown.iter().enumerate() {
        let buys = if variant == "personal" { user % 3 > 0 } else { user % 3 == 0 };
        if buys {
            shop.buy(&format!("u{user}"), &format!("second-{user}"), NOON + 60_000, &[*product]);
            *(if variant == "personal" { &mut own } else { &mut others }) += 1;
        } else {
            shop.buy(&format!("u{user}"), &format!("second-{user}"), NOON + 60_000, &[30_000]);
        }
    }
    shop.append(&ActivityEvent::RecommendationClicked(RecommendationClicked {
        envelope: Envelope::new("click", NOON + 50_000),
        visitor: Visitor { user_id: Some("u0".into()), session_id: None },
        product_id: shown[0].1.to_string().into(),
        model: None,
    }));
    shop.commit();
    let report = shop.recommendations.answers().experiment(&experiment()).unwrap();
    let [control, variant] = &report.variants[..] else { panic!("{report:?}") };
    assert_eq!((control.customers, variant.customers), (60 - personal, personal));
    assert_eq!((control.bought.some, variant.bought.some), (others, own));
    assert_eq!(control.clicked.some + variant.clicked.some, 1);
    let lift = variant.purchase_lift.unwrap();
    let expected = (own as f64 / personal as f64) / (others as f64 / (60 - personal) as f64) - 1.0;
    assert!(
        (lift.relative - expected).abs() < 1e-9 && lift.low < lift.relative && lift.relative < lift.high,
        "{lift:?}"
    );
    assert_eq!(control.purchase_lift, None);
}
