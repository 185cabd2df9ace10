#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use linfa::ParamGuard as _;

use super::*;
use crate::{
    als::AlsModel,
    interactions::{Ids, Interactions, Row},
    recommenders::{Blend, Personal, Popularity, Profile, Recommender, Shortlist, top},
};

/// 30 users in two tastes: even users buy from the first ten of 21 items, odd ones from the second ten; nobody buys item 20.
fn bought() -> Interactions {
    let cells = (0..30_u32).flat_map(|user| {
        (0..5_u32).map(move |place| (user, 10 * (user % 2) + (user / 2 * 3 + place * place) % 10, 1.0))
    });
    Interactions::from_cells(30, 21, &cells.collect::<Vec<_>>()).unwrap()
}

fn model() -> AlsModel {
    AlsModel::params().factors(12).seed(3).check().unwrap().train(&bought(), |_| true)
}

fn learned(weight: f32) -> LearnedModel {
    let names =
        |what: &str, count: usize| Ids::from_names(&(0..count).map(|at| format!("{what}{at}")).collect::<Vec<_>>());
    let card = Card {
        version: 7,
        trained_at_ms: 2,
        as_of_ms: 1,
        position: "orders:0=7".to_owned(),
        customers: 30,
        pairs: 150,
        ndcg: Some(0.25),
        recency_weight: weight,
    };
    let recent: Vec<f32> = (0..21).map(|item| (item % 4) as f32).collect();
    let demand = Demand { trending: recent.clone(), buyers: recent.clone(), rebought: recent.clone(), recent };
    LearnedModel::new(card, names("u", 30), names("p", 21), demand, model()).unwrap()
}

#[test]
fn what_is_published_comes_back_the_same() {
    let model = learned(0.5);
    let bytes = model.to_bytes().unwrap();
    let back = LearnedModel::from_bytes(&bytes).unwrap();
    assert_eq!((back.card(), back.users(), back.items()), (model.card(), model.users(), model.items()));
    assert_eq!(back.als(), model.als());
    assert_eq!(back.to_bytes().unwrap(), bytes);
}

#[test]
fn cut_changed_and_foreign_bytes_are_refused() {
    let bytes = learned(0.5).to_bytes().unwrap();
    for end in [0, 7, 8, 60, bytes.len() - 1] {
        assert!(LearnedModel::from_bytes(&bytes[..end]).is_err(), "{end}");
    }
    let other = String::from_utf8_lossy(&bytes[8..30]).replace("\"formatVersion\":1", "\"formatVersion\":9");
    let changed = [&bytes[..8], other.as_bytes(), &bytes[30..]].concat();
    assert!(matches!(LearnedModel::from_bytes(&changed), Err(LearnedError::Version { found: 9 })));
    let (few, model) = (Ids::default(), model());
    let refused = LearnedModel::new(learned(0.0).card().clone(), few.clone(), few, Demand::default(), model);
    assert!(matches!(refused, Err(LearnedError::Names { what: "user", names: 0, rows: 30 })));
}

#[test]
fn personal_orders_items_as_the_blend_of_both_parts_does() {
    let recent: Vec<f32> = (0..21).map(|item| ((item * 7) % 5) as f32).collect();
    let prior = Popularity::from_scores("recent", recent.clone());
    let als = crate::recommenders::AlsRecommender::new(model());
    let blend = Blend::new(vec![(1.0, Box::new(als)), (0.5, Box::new(prior))]);
    let personal = Personal::new(model(), recent, 0.5);
    let data = bought();
    for user in 0..30 {
        let profile = Profile { user: None, history: data.row(user) };
        let (mut wanted, mut found) = (vec![0.0; 21], vec![0.0; 21]);
        blend.score(&[profile], &mut wanted);
        personal.score(&[profile], &mut found);
        let order = |scores: &[f32]| top(scores, 21).into_iter().map(|(item, _)| item).collect::<Vec<_>>();
        assert_eq!(order(&found), order(&wanted));
        let listed = personal.list(&personal.model().fold_in(data.row(user)), &Shortlist::new(20));
        assert_eq!(listed.len(), 20);
        for (item, score) in listed {
            assert!((score - found[item as usize]).abs() < 1e-5);
        }
    }
}

#[test]
fn what_nobody_bought_is_not_listed() {
    let personal = Personal::new(model(), Vec::new(), 0.5);
    assert_eq!((personal.weight(), personal.name()), (0.0, "als"), "no prior, no weight");
    let row = Row { items: &[0], weights: &[1.0] };
    let listed = personal.list(&personal.model().fold_in(row), &Shortlist::new(100));
    assert_eq!(listed.len(), 20);
    assert!(listed.iter().all(|(item, _)| *item != 20));
    assert!(listed.last().unwrap().1 < 0.0, "there are items that score below what nobody bought");
}
