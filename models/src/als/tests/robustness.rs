//! Data that is empty, degenerate or made to do harm.

use super::{super::*, checked, two_crowds};
use crate::interactions::{Confidence, Interaction, Interactions, Row};

fn trained(users: usize, items: usize, cells: &[(u32, u32, f32)]) -> AlsModel {
    let matrix = Interactions::from_cells(users, items, cells).unwrap();
    checked(AlsModel::params().factors(16)).train(&matrix, |_| true)
}

fn assert_sane(model: &AlsModel, history: Row<'_>) {
    let health = model.health();
    assert!(health.finite && health.longest_user < 1e3 && health.longest_item < 1e3, "{health:?}");
    assert!(model.scores(history).iter().all(|score| score.is_finite()));
}

#[test]
fn degenerate_data_gives_finite_models() {
    for (users, items) in [(0, 0), (0, 5), (5, 0), (4, 4)] {
        let nothing = trained(users, items, &[]);
        assert_sane(&nothing, Row::default());
        assert!(nothing.items().dense().chain(nothing.users().dense()).all(|value| value == 0.0));
    }
    assert_sane(&trained(1, 1, &[(0, 0, 1.0)]), Row { items: &[0], weights: &[1.0] });
    let one_user: Vec<_> = (0..50).map(|item| (0, item, 1.0)).collect();
    assert_sane(&trained(1, 50, &one_user), Row { items: &[3], weights: &[1.0] });
    // Rank one: everybody buys the same.
    let same: Vec<_> = (0..40).flat_map(|user| (0..5).map(move |item| (user, item, 1.0))).collect();
    assert_sane(&trained(40, 5, &same), Row { items: &[0, 9], weights: &[1.0, 1.0] });
}

#[test]
fn outliers_by_a_million_are_survived_even_without_caps() {
    let mut cells = two_crowds(60, 40, 8);
    for (at, cell) in cells.iter_mut().enumerate().filter(|(at, _)| at % 50 == 0) {
        cell.2 = if at % 100 == 0 { 1e6 } else { 1e-6 };
    }
    let model = trained(60, 40, &cells);
    assert_sane(&model, Row { items: &[1, 3], weights: &[1e6, 1e-6] });
}

/// One account with 100,000 events that buys every third item over and over: how much do other people's lists change?
#[test]
fn one_account_moves_other_peoples_lists_little() {
    let (users, items) = (600, 200);
    let honest: Vec<_> = two_crowds(users, items, 25)
        .into_iter()
        .map(|(user, item, weight)| Interaction { user, item, weight, at_ms: 0 })
        .collect();
    let mut flooded = honest.clone();
    flooded.extend((0..100_000).map(|at| Interaction { user: users, item: at * 3 % items, weight: 1.0, at_ms: 0 }));
    let train = |events: &[Interaction]| {
        let matrix = Confidence::default().matrix(users as usize + 1, items as usize, events, 0).unwrap();
        (checked(AlsModel::params().factors(16).regularization(0.05)).train(&matrix, |_| true), matrix)
    };
    let (calm, matrix) = train(&honest);
    let (attacked, _) = train(&flooded);
    assert!(attacked.health().finite);
    let top = |model: &AlsModel, user| {
        let scores = model.scores(matrix.row(user));
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
        order.truncate(20);
        order
    };
    let kept = (0..users as usize).map(|user| {
        let before = top(&calm, user);
        top(&attacked, user).iter().filter(|item| before.contains(item)).count()
    });
    let share = kept.sum::<usize>() as f64 / (20.0 * f64::from(users));
    println!("kept of the top 20 of everybody else: {share:.3}");
    assert!(share > 0.8, "only {share} of the others' top 20 is left");
    let before = calm.health().longest_item;
    assert!(attacked.health().longest_item < 1.5 * before, "{} after {before}", attacked.health().longest_item);
}
