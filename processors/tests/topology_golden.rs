//! The shop's topology, as text: a change of names or wiring is seen, and is meant.

use std::collections::BTreeSet;
use std::path::Path;

use tillstream_processors::ShopSettings;
use tillstream_processors::shop::{self, topics};

#[test]
fn the_topology_is_the_one_that_was_agreed_on() {
    let described = shop::topology(&ShopSettings::default()).unwrap().describe();
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/shop_topology.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&golden, &described).unwrap();
    }
    let agreed = std::fs::read_to_string(&golden).unwrap();
    assert_eq!(
        described, agreed,
        "run with UPDATE_GOLDEN=1 if the change is meant: stores under new names start empty"
    );
}

#[test]
fn names_are_told_apart_and_all_topics_are_listed() {
    let settings = ShopSettings::default();
    let topology = shop::topology(&settings).unwrap();
    let stores: BTreeSet<&str> = topology.stores().map(|store| store.name()).collect();
    for granularity in ["hour", "day"] {
        for part in ["", "-by-category", "-by-product", "-by-country"] {
            let name = format!("revenue-by-{granularity}{part}");
            assert!(stores.contains(name.as_str()), "{name}");
        }
    }
    let partitions = |topic: &str| topics(&settings).iter().any(|known| known.name == topic).then_some(4);
    assert!(topology.resolve_partitions(&partitions).is_ok());
    let names: BTreeSet<String> = topics(&settings).into_iter().map(|topic| topic.name).collect();
    assert_eq!(names.len(), topics(&settings).len(), "no two roles share a topic");
}

#[test]
fn a_pattern_that_is_none_is_an_error_that_says_so() {
    let settings = ShopSettings { basket_product_pattern: "(".to_owned(), ..ShopSettings::default() };
    let error = shop::topology(&settings).unwrap_err();
    assert!(error.to_string().contains("basket_product_pattern"), "{error}");
}
