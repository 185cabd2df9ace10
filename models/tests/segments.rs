//! Kinds of customers are told apart, named, published and read again.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use tillstream_models::events::Currency;
use tillstream_models::segments::{Buyer, NAMES, SegmentCard, SegmentError, SegmentModel, SegmentParams};

/// Customers of six kinds, spread a little: recency, orders, spent of each.
const KINDS: [(&str, f64, f64, f64); 6] = [
    ("champions", 3.0, 30.0, 12_000.0),
    ("loyal", 25.0, 9.0, 2_500.0),
    ("new", 8.0, 1.0, 150.0),
    ("occasional", 60.0, 2.5, 500.0),
    ("at risk", 220.0, 5.0, 1_800.0),
    ("lost", 300.0, 1.0, 120.0),
];

fn buyers(currency: Currency, rate: f64) -> Vec<Buyer> {
    let kind = |(_, recency, orders, spent): (&str, f64, f64, f64)| {
        (0..40_u32).map(move |number| {
            let wobble =
                |salt: u32| 0.8 + 0.4 * f64::from(number.wrapping_mul(2_654_435_761).rotate_left(salt) % 97) / 97.0;
            let (recency_days, orders) = (recency * wobble(3), (orders * wobble(11)).round().max(1.0));
            Buyer { currency, recency_days, orders, spent: spent * rate * wobble(19) }
        })
    };
    KINDS.into_iter().flat_map(kind).collect()
}

#[test]
fn kinds_of_customers_are_told_apart_and_named() {
    let buyers = buyers(Currency::GBP, 1.0);
    let segments = SegmentParams::default().fit(&buyers).unwrap();
    assert_eq!(segments.all().iter().map(|segment| segment.name.as_str()).collect::<Vec<_>>(), NAMES);
    for (group, (name, recency, orders, _)) in buyers.chunks(40).zip(KINDS) {
        let right = group.iter().filter(|buyer| segments.of(buyer).unwrap().name == name).count();
        assert!(right >= 36, "{name}: {right} of 40");
        let segment = segments.all().iter().find(|segment| segment.name == name).unwrap();
        let (days, typical) = (segments.typical_recency_days(segment), segments.typical_orders(segment));
        assert!(
            (days / recency - 1.0).abs() < 0.3 && (typical / orders - 1.0).abs() < 0.3,
            "{name}: {days}, {typical}"
        );
    }
}

#[test]
fn the_same_customers_and_seed_make_the_same_segments() {
    let fit = |seed| SegmentParams { seed, ..SegmentParams::default() }.fit(&buyers(Currency::GBP, 1.0)).unwrap();
    assert_eq!(fit(7), fit(7));
}

#[test]
fn money_is_compared_within_its_currency() {
    let yen: Currency = "JPY".parse().unwrap();
    let all = [buyers(Currency::GBP, 1.0), buyers(yen, 190.0)].concat();
    let segments = SegmentParams::default().fit(&all).unwrap();
    for (pounds, same) in all[..240].iter().zip(&all[240..]) {
        assert_eq!(segments.of(pounds), segments.of(same));
    }
    let champions = &segments.all()[0];
    let spent: Vec<_> = segments.typical_spent(champions).collect();
    assert!((spent[1].1 / spent[0].1 - 190.0).abs() < 10.0, "{spent:?}");
}

#[test]
fn few_equal_and_absurd_customers_do_no_harm() {
    assert!(matches!(SegmentParams::default().fit(&[]), Err(SegmentError::NoCustomers)));
    let same = vec![buyers(Currency::GBP, 1.0)[0]; 50];
    let one = SegmentParams::default().fit(&same).unwrap();
    assert_eq!(one.all().iter().map(|segment| segment.name.as_str()).collect::<Vec<_>>(), ["champions"]);
    let mut absurd = buyers(Currency::GBP, 1.0);
    let currency = Currency::GBP;
    absurd.push(Buyer { currency, recency_days: f64::NAN, orders: f64::INFINITY, spent: -1e300 });
    absurd.push(Buyer { currency, recency_days: 1e300, orders: 1e300, spent: 1e300 });
    let segments = SegmentParams::default().fit(&absurd).unwrap();
    assert!(segments.all().iter().flat_map(|segment| segment.centroid).all(f64::is_finite));
}

#[test]
fn what_is_published_comes_back_and_junk_is_refused() {
    let segments = SegmentParams::default().fit(&buyers(Currency::GBP, 1.0)).unwrap();
    let card = SegmentCard { version: 3, trained_at_ms: 2, as_of_ms: 1, customers: 240, usual_gap_days: 31.5 };
    let bytes = SegmentModel { card, segments }.to_bytes().unwrap();
    let read = SegmentModel::from_bytes(&bytes).unwrap();
    assert_eq!((read.card, read.segments.all().len()), (card, 6));
    // Statistics may lose their last bit on the way through JSON, and only once.
    let again = SegmentModel::from_bytes(&read.to_bytes().unwrap()).unwrap();
    for buyer in buyers(Currency::GBP, 1.0) {
        assert_eq!(again.segments.of(&buyer).map(|one| &one.name), read.segments.of(&buyer).map(|one| &one.name));
    }
    let text = String::from_utf8(bytes.clone()).unwrap();
    let newer = text.replace("\"formatVersion\":1", "\"formatVersion\":9");
    assert!(matches!(SegmentModel::from_bytes(newer.as_bytes()), Err(SegmentError::Version { found: 9, .. })));
    assert!(SegmentModel::from_bytes(&bytes[..bytes.len() / 2]).is_err());
}
