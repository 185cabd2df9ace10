//! What the trained model promises.

use linfa::{
    DatasetBase, ParamGuard,
    traits::{Fit, FitWith, Predict, Transformer},
};

use super::{super::*, checked, crowd_matrix, two_crowds};
use crate::interactions::Interactions;

#[test]
fn fold_in_is_the_exact_row_solve() {
    let matrix = crowd_matrix();
    let model = checked(AlsModel::params().factors(16).solver(Solver::Cholesky).sweeps(3)).train(&matrix, |_| true);
    for (user, row) in matrix.rows().enumerate() {
        assert_eq!(model.fold_in(row), model.users().get(user).unwrap());
    }
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let matrix = Interactions::from_cells(700, 300, &two_crowds(700, 300, 9)).unwrap();
    let params = checked(AlsModel::params().factors(24).sweeps(4));
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| params.train(&matrix, |_| true))
    };
    let one = on(1);
    assert_eq!(one, on(2));
    assert_eq!(one, on(5));
    assert_ne!(one, checked(AlsModel::params().factors(24).sweeps(4).seed(1)).train(&matrix, |_| true));
}

#[test]
fn shares_add_up_to_the_score_and_come_from_the_own_crowd() {
    let matrix = crowd_matrix();
    let model = checked(AlsModel::params().factors(8)).train(&matrix, |_| true);
    let history = matrix.row(4);
    let scores = model.scores(history);
    for item in [0, 1, 30] {
        let why = model.explain(history, item).unwrap();
        assert!((why.score - scores[item as usize]).abs() < 1e-4, "{} for {}", why.score, scores[item as usize]);
        assert_eq!(why.shares.len(), history.len());
    }
    let (strongest, share) = model.explain(history, 30).unwrap().shares[0];
    assert!(strongest % 2 == 0 && share > 0.0, "an even item speaks for an even one");
    assert!(model.explain(history, 80).is_none());
}

#[test]
fn it_is_a_linfa_algorithm() {
    let before = DatasetBase::new(crowd_matrix(), ());
    let params = AlsModel::params().factors(8);
    let model: AlsModel = params.fit(&before).unwrap();
    let scores: ndarray::Array2<f32> = model.predict(&before);
    let factors = model.transform(&before.records);
    assert_eq!((scores.dim(), factors.dim()), ((120, 80), (120, 8)));
    assert_eq!(scores.row(3).to_vec(), model.scores(before.records.row(3)));

    // A warm sweep learns the new item 80, bought by the even crowd, and the new user.
    let mut cells = two_crowds(120, 80, 12);
    cells.extend((0..30).map(|user| (user * 4, 80, 1.0)).chain([(120, 1, 1.0), (120, 3, 1.0)]));
    let after = DatasetBase::new(Interactions::from_cells(121, 81, &cells).unwrap(), ());
    let warm = params.fit_with(Some(model), &after).unwrap();
    let (even, odd) = (warm.scores(after.records.row(2))[80], warm.scores(after.records.row(3))[80]);
    assert!(even > 0.1 && even > 2.0 * odd, "{even} and {odd}");
    assert_eq!((warm.users().rows(), warm.items().rows()), (121, 81));
    let refused = params.fit_with(Some(warm), &before).unwrap_err();
    assert!(matches!(refused, AlsError::Shrunk { what: "user", known: 121, found: 120 }), "{refused}");
}

#[test]
fn parameters_out_of_range_are_named() {
    for (params, name) in [
        (AlsModel::params().factors(0), "factors"),
        (AlsModel::params().alpha0(f32::NAN), "alpha0"),
        (AlsModel::params().regularization(-1.0), "regularization"),
        (AlsModel::params().exponent(3.0), "exponent"),
        (AlsModel::params().sweeps(0), "sweeps"),
        (AlsModel::params().solver(Solver::ConjugateGradient { steps: 0 }), "steps"),
    ] {
        let refused = params.check().unwrap_err();
        assert!(matches!(&refused, AlsError::Parameter { name: found, .. } if *found == name), "{refused}");
    }
}

#[test]
fn a_refreshed_user_is_the_fold_in_of_the_new_history() {
    let matrix = crowd_matrix();
    let mut model = checked(AlsModel::params().factors(8)).train(&matrix, |_| true);
    model.refresh_user(300, matrix.row(5));
    assert_eq!(model.users().get(300).unwrap(), model.fold_in(matrix.row(5)));
    assert_eq!(model.users().get(200).unwrap(), [0.0; 8]);
}
