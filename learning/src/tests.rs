#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::sync::Arc;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tillstream_models::als::AlsParams;
use tillstream_models::learned::LearnedModel;
use tillstream_models::recommenders::{Recommender as _, Shortlist};
use tillstream_processors::interactions::{Customer, Customers, Touch, TouchKind};

use super::*;

const DAY: i64 = 86_400_000;
const NOW: i64 = 40 * DAY;

/// Customers of four tastes; each buys from the 25 products of hers, and now and then any other.
fn shop(customers: u32, purchases: u32, seed: u64) -> Customers {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut all = Customers::new();
    for user in 0..customers {
        let bought = (0..purchases).map(|_| {
            let taste = if random.random_range(0..10) == 0 { random.random_range(0..4) } else { user % 4 };
            let product = format!("p{:03}", 25 * taste + random.random_range(0..25));
            (Arc::from(product), touch(TouchKind::Bought, random.random_range(0..NOW), 1))
        });
        all.insert(format!("u{user}").into(), Customer { purchases: bought.collect(), ..Customer::default() });
    }
    all
}

fn touch(kind: TouchKind, at_ms: i64, units: u32) -> Touch {
    Touch { at_ms, kind, units }
}

fn now() -> Moment {
    Moment { event_ms: NOW, now_ms: 1, position: String::new() }
}

fn settings() -> LearningSettings {
    LearningSettings { params: AlsParams::default().factors(16).seed(7), ..LearningSettings::default() }
}

fn trained(outcome: Outcome) -> Trained {
    match outcome {
        Outcome::Trained(trained) => *trained,
        other => panic!("{other:?}"),
    }
}

fn round(trainer: &mut Trainer, customers: &Customers, served: Option<&LearnedModel>) -> Trained {
    trained(trainer.round(customers, served, &now()).unwrap())
}

#[test]
fn the_same_rounds_give_the_same_models() {
    let models = |threads| {
        let mut trainer = Trainer::new(LearningSettings { threads, ..settings() }).unwrap();
        let first = round(&mut trainer, &shop(200, 12, 1), None);
        assert!(first.full && first.prequential.is_none());
        let second = round(&mut trainer, &shop(220, 13, 1), Some(&first.model));
        assert!(!second.full, "a warm sweep will do");
        assert_eq!(second.model.card().version, 2);
        assert!(second.prequential.unwrap().customers > 100);
        (first.model.to_bytes().unwrap(), second.model.to_bytes().unwrap())
    };
    assert!(models(1) == models(2), "whatever the number of threads");
}

#[test]
fn taste_is_learned_and_foreseen() {
    let mut trainer = Trainer::new(settings()).unwrap();
    let first = round(&mut trainer, &shop(200, 12, 1), None);
    assert!(first.model.card().ndcg.unwrap() > 0.2, "{:?}", first.model.card());
    let later = round(&mut trainer, &shop(200, 16, 1), Some(&first.model));
    assert!(later.prequential.unwrap().recall > 0.4, "{:?}", later.prequential);
}

#[test]
fn too_little_data_trains_nothing() {
    let mut trainer = Trainer::new(settings()).unwrap();
    for customers in [Customers::new(), shop(1, 40, 1), shop(9, 40, 1), shop(12, 1, 1)] {
        assert!(matches!(trainer.round(&customers, None, &now()).unwrap(), Outcome::TooLittle { .. }));
    }
}

#[test]
fn a_model_that_is_worse_is_kept_back() {
    let mut trainer = Trainer::new(settings()).unwrap();
    let good = round(&mut trainer, &shop(200, 12, 1), None).model;
    // Nothing can be twice as good as what is served, which a margin of -1 asks for.
    let strict = LearningSettings { gate: Gate { margin: -1.0, ..Gate::default() }, ..settings() };
    let mut trainer = Trainer::new(strict).unwrap();
    let outcome = trainer.round(&shop(210, 12, 1), Some(&good), &now()).unwrap();
    assert!(matches!(outcome, Outcome::Refused(Refusal::Worse { .. })), "{outcome:?}");
}

#[test]
fn after_a_start_the_served_model_is_gone_on_from() {
    let served = round(&mut Trainer::new(settings()).unwrap(), &shop(200, 12, 1), None).model;
    let served = LearnedModel::from_bytes(&served.to_bytes().unwrap()).unwrap();
    let next = round(&mut Trainer::new(settings()).unwrap(), &shop(210, 12, 1), Some(&served));
    assert!(!next.full);
    assert_eq!(next.model.card().version, 2);
    let other = LearningSettings { params: AlsParams::default().factors(8), ..settings() };
    assert!(round(&mut Trainer::new(other).unwrap(), &shop(200, 12, 1), Some(&served)).full, "another shape");
}

#[test]
fn held_out_purchases_are_not_trained_on_and_stay_the_same_customers() {
    let mut numbering = Numbering::default();
    let settings = LearningSettings { holdout_customers: 30, ..settings() };
    let first = Examples::of(&shop(200, 12, 1), &mut numbering, &settings, NOW).unwrap();
    assert_eq!(first.held_out.len(), 30);
    for (user, items) in &first.held_out {
        let (all, training) = (first.all.row(*user as usize), first.training.row(*user as usize));
        assert!(items.iter().all(|item| all.items.contains(item) && !training.items.contains(item)));
        assert_eq!(all.len(), training.len() + items.len());
    }
    let second = Examples::of(&shop(200, 13, 1), &mut numbering, &settings, NOW).unwrap();
    assert!(first.held_out.keys().eq(second.held_out.keys()));
}

#[test]
fn no_account_and_no_outlier_moves_much() {
    let honest = shop(300, 12, 1);
    let mut hostile = honest.clone();
    // What is left of a hundred thousand events of one account within the bounds of a row, each a million units.
    let flood = (0..100).flat_map(|item| {
        (0..8).map(move |at| (Arc::from(format!("p{item:03}")), touch(TouchKind::Bought, NOW - at, 1_000_000)))
    });
    let views =
        (0..100).map(|item| (Arc::from(format!("p{item:03}")), touch(TouchKind::CartAdded, i64::MAX, u32::MAX)));
    hostile.insert("bot".into(), Customer { purchases: flood.collect(), activity: views.collect() });
    let lists = |customers: &Customers| {
        let model = round(&mut Trainer::new(settings()).unwrap(), customers, None).model;
        assert!(model.als().health().finite);
        let lists = (0..300).map(|user| {
            let row = model.users().get(&format!("u{user}")).unwrap();
            let factors = model.als().users().get(row as usize).unwrap().to_vec();
            let list = model.als_list(&factors);
            assert!(list.iter().all(|(_, score)| score.is_finite()));
            list.into_iter().map(|(item, _)| model.items().name(item).unwrap().to_owned()).collect::<Vec<_>>()
        });
        lists.collect::<Vec<_>>()
    };
    let (before, after) = (lists(&honest), lists(&hostile));
    let kept: usize = before
        .iter()
        .zip(&after)
        .map(|(before, after)| after.iter().filter(|product| before.contains(product)).count())
        .sum();
    let share = kept as f64 / before.iter().map(Vec::len).sum::<usize>() as f64;
    println!("with one hostile account everybody else keeps {:.1} % of their lists", 100.0 * share);
    assert!(share > 0.8, "{share}");
}

trait Listed {
    fn als_list(&self, factors: &[f32]) -> Vec<(u32, f32)>;
}

impl Listed for LearnedModel {
    fn als_list(&self, factors: &[f32]) -> Vec<(u32, f32)> {
        assert_eq!(self.personal().items(), self.items().len());
        self.personal().list(factors, &Shortlist::new(10))
    }
}

#[test]
fn a_single_product_and_a_single_customer_among_many_are_no_trouble() {
    let one = |user: u32| {
        let purchases = std::iter::once((Arc::from("p1"), touch(TouchKind::Bought, 1, 1))).collect();
        (Arc::from(format!("u{user}")), Customer { purchases, ..Customer::default() })
    };
    let rank_one: Customers = (0..100).map(one).collect();
    let model = round(&mut Trainer::new(settings()).unwrap(), &rank_one, None).model;
    assert!(model.als().health().finite);
    let list = model.als_list(model.als().users().get(0).unwrap());
    assert!(list.len() == 1 && list[0].1.is_finite());
}
