//! Row solves and the loss.

use super::{super::*, checked, crowd_matrix};
use crate::{
    als::half_sweep::half_sweep,
    interactions::{Interactions, Row},
    linear::Factors,
};

/// Two items with factors (1, 0) and (1, 1), a third with none; a user who bought the first once and the second twice.
///
/// By hand, with α₀ = 0.5 and λ = 0.1: `A = 1·[1 0; 0 0] + 2·[1 1; 1 1] + 0.5·[2 1; 1 1] + 0.1·(3 + 0.5·3)·I`
/// `= [4.45 2.5; 2.5 2.95]`, `b = 1·(1, 0) + 2·(1, 1) = (3, 2)`, determinant `6.8775`,
/// `w = (2.95·3 - 2.5·2, 4.45·2 - 2.5·3) / 6.8775 = (3.85, 1.4) / 6.8775`.
#[test]
fn three_items_by_hand() {
    let params = checked(AlsModel::params().factors(2).alpha0(0.5).regularization(0.1));
    let items = Factors::from_dense(2, &[1.0, 0.0, 1.0, 1.0, 0.0, 0.0]).unwrap();
    let model = AlsModel::new(params.clone(), Factors::zeros(1, 2), items.clone());
    let history = Row { items: &[0, 1], weights: &[1.0, 2.0] };
    let expected = [3.85 / 6.8775, 1.4 / 6.8775];
    for (value, expected) in model.fold_in(history).iter().zip(expected) {
        assert!((value - expected).abs() < 1e-6, "{value} for {expected}");
    }
    // Conjugate gradients of two unknowns are exact after two steps.
    let matrix = Interactions::from_cells(1, 3, &[(0, 0, 1.0), (0, 1, 2.0)]).unwrap();
    let mut users = Factors::zeros(1, 2);
    let params = AlsValidParams { solver: Solver::ConjugateGradient { steps: 2 }, ..params };
    half_sweep(&params, &matrix, &items, &mut users);
    for (value, expected) in users.get(0).unwrap().iter().zip(expected) {
        assert!((value - expected).abs() < 1e-6, "{value} for {expected}");
    }
    let scores = model.scores(history);
    assert!((scores[1] - 5.25 / 6.8775).abs() < 1e-6 && scores[2] == 0.0, "{scores:?}");
}

#[test]
fn many_steps_of_conjugate_gradients_are_the_exact_solution() {
    for (factors, exponent) in [(5, 1.0), (16, 0.5), (33, 1.0), (40, 0.0)] {
        let params = AlsModel::params().factors(factors).alpha0(0.3).regularization(0.02).exponent(exponent).sweeps(1);
        let exact = checked(params.clone().solver(Solver::Cholesky)).train(&crowd_matrix(), |_| true);
        let steps = Solver::ConjugateGradient { steps: 60 };
        let iterated = checked(params.solver(steps)).train(&crowd_matrix(), |_| true);
        for (a, b) in [(&exact.users, &iterated.users), (&exact.items, &iterated.items)] {
            let worst = a.dense().zip(b.dense()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst < 1e-4, "{factors} factors: off by {worst}");
        }
    }
}

#[test]
fn the_loss_falls_with_every_exact_half_sweep_and_every_sweep_of_three_steps() {
    let matrix = crowd_matrix();
    let by_item = matrix.transposed();
    for (solver, slack) in [(Solver::Cholesky, 0.0), (Solver::ConjugateGradient { steps: 3 }, 0.0)] {
        let params = checked(AlsModel::params().factors(12).solver(solver).sweeps(1));
        let mut model = params.train(&matrix, |_| true);
        let mut last = model.loss(&matrix);
        for half in 0..12 {
            if half % 2 == 0 {
                half_sweep(&params, &by_item, &model.users, &mut model.items);
            } else {
                half_sweep(&params, &matrix, &model.items, &mut model.users);
            }
            let loss = model.loss(&matrix);
            assert!(loss < last + slack, "{solver:?}, half sweep {half}: {loss} after {last}");
            last = loss;
        }
    }
}

/// A row solved exactly is a minimum: moving any of its factors either way costs the same, and costs something.
#[test]
fn the_gradient_is_zero_at_the_solution() {
    let matrix = crowd_matrix();
    let mut model = checked(AlsModel::params().factors(6).solver(Solver::Cholesky).sweeps(3)).train(&matrix, |_| true);
    let step = 0.01;
    for user in [0, 17, 119] {
        for factor in 0..6 {
            let here = model.users.row(user)[factor];
            let mut at = |value| {
                model.users.row_mut(user)[factor] = value;
                model.loss(&matrix)
            };
            let (below, above, minimum) = (at(here - step), at(here + step), at(here));
            let slope = (above - below) / (2.0 * f64::from(step));
            let bend = (above + below - 2.0 * minimum) / f64::from(step).powi(2);
            assert!(bend > 0.0 && slope.abs() < 2e-3 * bend, "user {user}: slope {slope}, curvature {bend}");
        }
    }
}
