//! Lists by hand.

use proptest::prelude::*;

use super::super::{Diversity, ExcludeBought, ItemSet, Shortlist, top};

const SCORES: [f32; 8] = [0.1, 0.9, f32::NAN, 0.8, 0.7, 0.9, f32::NEG_INFINITY, 0.6];

fn items(list: &[(u32, f32)]) -> Vec<u32> {
    list.iter().map(|&(item, _)| item).collect()
}

#[test]
fn what_is_no_number_is_never_shown_and_equals_go_by_number() {
    assert_eq!(items(&top(&SCORES, 10)), [1, 5, 3, 4, 7, 0]);
    assert!(top(&SCORES, 0).is_empty() && top(&[], 3).is_empty());
}

#[test]
fn rules_add_up() {
    let replenishable: ItemSet = [5].into_iter().collect();
    let bought = ExcludeBought { bought: &[1, 5], replenishable: &replenishable };
    let stock: ItemSet = [0, 1, 3, 5, 7].into_iter().collect();
    let in_stock = |item| stock.contains(item);
    let not_three = |item| item != 3;
    let list = Shortlist::new(5).rule(&bought).rule(&in_stock).rule(&not_three).min_score(0.2).pick(&SCORES);
    assert_eq!(items(&list), [5, 7]);
    assert_eq!(items(&Shortlist::new(2).pick(&SCORES)), [1, 5]);
}

#[test]
fn one_category_does_not_fill_the_list() {
    let category = |item: u32| (item != 7).then_some(u32::from(item == 4));
    let diversity = Diversity::PerCategory { category: &category, most: 2 };
    let list = Shortlist::new(4).diversity(diversity).pick(&SCORES);
    assert_eq!(items(&list), [1, 5, 4, 7], "3 would be the third of its category; 7 has none");
}

#[test]
fn marginal_relevance_passes_over_what_is_like_the_first() {
    // 1, 3 and 5 are alike.
    let similarity = |a: u32, b: u32| f32::from(u8::from(a % 2 == 1 && b % 2 == 1 && a < 6 && b < 6));
    let pick = |relevance| {
        let diversity = Diversity::MarginalRelevance { relevance, similarity: &similarity };
        items(&Shortlist::new(3).diversity(diversity).pick(&SCORES))
    };
    assert_eq!(pick(1.0), [1, 5, 3]);
    assert_eq!(pick(0.5), [1, 4, 7]);
}

#[test]
fn sets_of_items_forget() {
    let mut set: ItemSet = [0, 64, 130].into_iter().collect();
    set.remove(64);
    set.remove(9999);
    assert!(set.contains(0) && set.contains(130) && !set.contains(64) && !set.contains(9999));
}

proptest! {
    #[test]
    fn the_top_is_the_start_of_the_sorted_whole(values in prop::collection::vec(0u8..20, 0..200), length in 0usize..30) {
        let scores: Vec<f32> = values.iter().map(|&value| f32::from(value)).collect();
        let mut whole: Vec<(u32, f32)> = (0..).zip(scores.iter().copied()).collect();
        whole.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        whole.truncate(length);
        prop_assert_eq!(top(&scores, length), whole);
    }
}
