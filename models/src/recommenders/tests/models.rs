//! The models.

use linfa::ParamGuard;

use super::*;
use crate::{als::AlsModel, interactions::Interaction};

const DAY: i64 = 86_400_000;

/// Gauss and Jordan in `f64` with pivoting, written for this test.
fn dense_inverse(mut a: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let n = a.len();
    for (row, line) in a.iter_mut().enumerate() {
        line.extend((0..n).map(|column| f64::from(u8::from(column == row))));
    }
    for column in 0..n {
        let pivot = (column..n).max_by(|&x, &y| a[x][column].abs().total_cmp(&a[y][column].abs())).unwrap();
        a.swap(column, pivot);
        let scale = a[column][column];
        a[column].iter_mut().for_each(|value| *value /= scale);
        let pivot_row = a[column].clone();
        for row in (0..n).filter(|&row| row != column) {
            let share = a[row][column];
            a[row].iter_mut().zip(&pivot_row).for_each(|(value, pivot)| *value -= share * pivot);
        }
    }
    a.into_iter().map(|line| line[n..].to_vec()).collect()
}

#[test]
fn ease_is_the_closed_form() {
    let matrix = random_matrix(200, 37);
    let lambda = 7.0;
    let count = |a: u32, b: u32| {
        let both = |row: &Row<'_>| row.items.binary_search(&a).is_ok() && row.items.binary_search(&b).is_ok();
        matrix.rows().filter(both).count() as f64
    };
    let gram = (0..37).map(|a| (0..37).map(|b| count(a, b) + f64::from(u8::from(a == b)) * lambda).collect()).collect();
    let inverse = dense_inverse(gram);
    let model = Ease::new(&matrix, &EaseParams { lambda: lambda as f32, max_items: 37 }).unwrap();
    for user in [0, 50, 199] {
        let history = matrix.row(user);
        for (item, &score) in scores(&model, history).iter().enumerate() {
            let others = history.items.iter().filter(|&&other| other as usize != item);
            let exact: f64 = others.map(|&other| -inverse[other as usize][item] / inverse[item][item]).sum();
            assert!((f64::from(score) - exact).abs() < 1e-4, "user {user}, item {item}: {score} for {exact}");
            let why: f32 = model.explain(history, item as u32).iter().map(|&(_, share)| share).sum();
            assert!((why - score).abs() < 1e-4);
        }
    }
}

#[test]
fn ease_refuses_what_it_cannot_hold_or_invert() {
    let matrix = random_matrix(20, 30);
    let too_many = Ease::new(&matrix, &EaseParams { lambda: 1.0, max_items: 29 }).unwrap_err();
    assert_eq!(too_many, EaseError::TooManyItems { items: 30, most: 29 });
    for lambda in [0.0, -5.0, f32::NAN] {
        assert!(matches!(Ease::new(&matrix, &EaseParams { lambda, max_items: 30 }), Err(EaseError::Lambda { .. })));
    }
    let nothing = Ease::new(&Interactions::default(), &EaseParams::default()).unwrap();
    assert!(scores(&nothing, Row::default()).is_empty());
}

#[test]
fn similarities_by_hand() {
    let of = |similarity: Similarity| similarity.of(2.0, 3.0, 4.0, 10.0, 0.0);
    assert_eq!(of(Similarity::Count), 2.0);
    assert!((of(Similarity::Cosine) - 2.0 / 12f32.sqrt()).abs() < 1e-6);
    assert!((of(Similarity::Lift) - 20.0 / 12.0).abs() < 1e-6);
    assert!((of(Similarity::Jaccard) - 0.4).abs() < 1e-6);
    assert_eq!(Similarity::Jaccard.of(2.0, 3.0, 4.0, 10.0, 5.0), 0.2);
    assert_eq!(Similarity::Cosine.of(0.0, 0.0, 4.0, 10.0, 0.0), 0.0);
}

#[test]
fn neighbours_are_those_of_all_pairs_counted_by_hand() {
    let matrix = random_matrix(60, 25);
    let by_item = matrix.transposed();
    let together =
        |a: usize, b: usize| by_item.row(a).items.iter().filter(|user| by_item.row(b).items.contains(user)).count();
    for similarity in [Similarity::Count, Similarity::Cosine, Similarity::Lift, Similarity::Jaccard] {
        let params = NeighbourParams::item_knn().similarity(similarity).neighbours(4).min_support(2).shrink(1.5);
        let model = Neighbours::new(&matrix, &params);
        for item in 0..25 {
            let mut all: Vec<(u32, f32)> = (0..25)
                .filter(|&other| other != item && together(item, other) >= 2)
                .map(|other| {
                    let (a, b) = (by_item.row(item).len() as f32, by_item.row(other).len() as f32);
                    (other as u32, similarity.of(together(item, other) as f32, a, b, 60.0, 1.5))
                })
                .collect();
            all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            all.truncate(4);
            all.sort_by_key(|&(other, _)| other);
            assert_eq!(model.of(item as u32).iter().collect::<Vec<_>>(), all, "{similarity:?} of {item}");
        }
    }
}

#[test]
fn neighbour_scores_add_up_and_explain_themselves() {
    let matrix = random_matrix(60, 25);
    let model = Neighbours::new(&matrix, &NeighbourParams::item_knn().neighbours(6));
    let history = Row { items: &[1, 4, 9], weights: &[1.0, 0.5, 2.0] };
    for (item, &score) in scores(&model, history).iter().enumerate() {
        let why: f32 = model.explain(history, item as u32).iter().map(|&(_, share)| share).sum();
        assert!((why - score).abs() < 1e-6);
    }
    let unknown = Row { items: &[99], weights: &[1.0] };
    assert!(scores(&model, unknown).iter().all(|&score| score == 0.0));
}

#[test]
fn a_giant_basket_is_counted_in_part() {
    let mut cells: Vec<_> = (0..500).map(|item| (0, item, 1.0)).collect();
    cells.extend([(1, 0, 1.0), (1, 1, 1.0)]);
    let baskets = Interactions::from_cells(2, 500, &cells).unwrap();
    let params = NeighbourParams::co_purchase(Similarity::Count).min_support(1).longest_row(100);
    let model = Neighbours::new(&baskets, &params);
    assert_eq!(model.capped(), 1);
    assert_eq!(model.of(0).len(), 100, "99 of the giant's items and the other of the small basket");
}

#[test]
fn popularity_by_hand() {
    let event = |user, item, days: i64, weight| Interaction { user, item, weight, at_ms: days * DAY };
    let events = [
        event(0, 0, 0, 1.0),
        event(0, 0, 60, 1.0),
        event(1, 0, 60, 1.0),
        event(0, 1, 46, 2.0),
        event(1, 1, 60, -9.0),
        event(0, 2, 20, 1.0),
    ];
    let recent = Popularity::recent_buyers(3, &events, 31, 60 * DAY);
    assert_eq!(recent.scores(), [3f32.ln(), 2f32.ln(), 0.0]);
    let trending = Popularity::trending(3, &events, 20.0, 60 * DAY);
    assert_eq!(trending.scores(), [2.125, 0.0, 0.25]);
    let buyers = Popularity::buyers(&random_matrix(60, 25));
    assert_eq!(buyers.scores()[7], random_matrix(60, 25).transposed().row(7).len() as f32);
}

#[test]
fn a_blend_is_the_sum_of_standardised_lists() {
    let matrix = random_matrix(60, 25);
    let parts = || {
        let knn = Neighbours::new(&matrix, &NeighbourParams::item_knn());
        [Box::new(knn) as Box<dyn Recommender>, Box::new(Popularity::buyers(&matrix))]
    };
    let [mut a, mut b] = parts().map(|model| scores(model.as_ref(), matrix.row(3)));
    standardize(&mut a);
    standardize(&mut b);
    assert!(a.iter().sum::<f32>().abs() < 1e-4 && (a.iter().map(|x| x * x).sum::<f32>() - 25.0).abs() < 1e-3);
    let [knn, popular] = parts();
    let blend = Blend::new(vec![(2.0, knn), (0.5, popular)]);
    for (at, score) in scores(&blend, matrix.row(3)).iter().enumerate() {
        assert!((score - (2.0 * a[at] + 0.5 * b[at])).abs() < 1e-5);
    }
    assert!(!blend.explain(matrix.row(3), 0).is_empty());
    let other_catalogue = Popularity::buyers(&random_matrix(5, 9));
    let [knn, popular] = parts();
    let blend = Blend::new(vec![(1.0, knn), (0.0, popular), (1.0, Box::new(other_catalogue))]);
    assert_eq!(blend.weights(), [("item-knn", 1.0)]);
    let mut equal = [5.0; 4];
    standardize(&mut equal);
    assert_eq!(equal, [0.0; 4]);
}

#[test]
fn als_serves_known_users_from_their_row_and_folds_in_the_rest() {
    let matrix = random_matrix(60, 25);
    let model = AlsModel::params().factors(8).check().unwrap().train(&matrix, |_| true);
    let recommender = AlsRecommender::new(model.clone());
    let known = Profile { user: Some(4), history: Row::default() };
    let folded = Profile { user: None, history: matrix.row(9) };
    let mut out = vec![0.0; 50];
    recommender.score(&[known, folded], &mut out);
    assert_eq!(out[25..], model.scores(matrix.row(9)));
    assert!((0..25).all(|item| {
        let exact: f32 =
            model.users().get(4).unwrap().iter().zip(model.items().get(item).unwrap()).map(|(a, b)| a * b).sum();
        (out[item] - exact).abs() < 1e-5
    }));
    let mut similar = vec![0.0; 25];
    recommender.similar(3, &mut similar);
    assert!((similar[3] - 1.0).abs() < 1e-5 && similar.iter().all(|cosine| cosine.abs() <= 1.0001));
    assert!((recommender.similar_users(7)[7] - 1.0).abs() < 1e-5);
    recommender.similar(99, &mut similar);
    assert_eq!(similar, [0.0; 25]);
}

#[test]
fn a_fast_list_is_the_list_of_all_scores() {
    let matrix = random_matrix(400, 3_000);
    let model = AlsModel::params().factors(40).check().unwrap().train(&matrix, |_| true);
    let recommender = AlsRecommender::new(model);
    let none = ItemSet::default();
    let (mut same, mut all) = (0, 0);
    for user in 0..400 {
        let profile = Profile { user: Some(user), history: matrix.row(user as usize) };
        let rule = ExcludeBought { bought: profile.history.items, replenishable: &none };
        let list = Shortlist::new(10).rule(&rule);
        let mut scores = vec![0.0; 3_000];
        recommender.score(&[profile], &mut scores);
        let (exact, fast) = (list.pick(&scores), recommender.list(&profile, &list));
        assert_eq!(fast.len(), 10);
        assert!(fast.iter().all(|&(item, score)| (score - scores[item as usize]).abs() < 1e-5));
        all += exact.len();
        same += fast.iter().filter(|(item, _)| exact.iter().any(|(other, _)| other == item)).count();
    }
    assert!(same * 1000 >= all * 999, "{same} of {all} items are the same");
}
