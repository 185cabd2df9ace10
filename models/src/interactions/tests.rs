//! Sums, caps, decay and refusals.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use super::{Confidence, Interaction, Interactions, InteractionsError};

const DAY: i64 = 86_400_000;

#[test]
fn cells_are_sorted_added_and_transposed() {
    let cells = [(2, 1, 1.0), (0, 2, 0.5), (2, 0, 2.0), (2, 1, 3.0), (1, 1, 0.0)];
    let matrix = Interactions::from_cells(3, 3, &cells).unwrap();
    assert_eq!((matrix.users(), matrix.items(), matrix.len()), (3, 3, 3));
    assert_eq!((matrix.row(2).items, matrix.row(2).weights), (&[0, 1][..], &[2.0, 4.0][..]));
    assert!(matrix.row(1).is_empty() && matrix.row(7).is_empty());
    let turned = matrix.transposed();
    assert_eq!((turned.row(1).items, turned.row(1).weights), (&[2][..], &[4.0][..]));
    assert_eq!(turned.transposed(), matrix);
}

#[test]
fn cells_outside_or_without_a_sane_weight_are_refused() {
    let refuse = |cell| Interactions::from_cells(2, 2, &[cell]).unwrap_err();
    assert!(matches!(refuse((2, 0, 1.0)), InteractionsError::OutOfRange { what: "user", .. }));
    assert!(matches!(refuse((0, 2, 1.0)), InteractionsError::OutOfRange { what: "item", .. }));
    for weight in [f32::NAN, -1.0, f32::INFINITY, 1e10] {
        assert!(matches!(refuse((0, 0, weight)), InteractionsError::Weight { .. }));
    }
    assert!(Interactions::from_cells(2, 2, &[(0, 0, 9e8), (0, 0, 9e8)]).is_err(), "a sum may not pass the limit");
}

#[test]
fn returns_take_back_and_age_halves() {
    let event = |item, weight, at_ms| Interaction { user: 0, item, weight, at_ms };
    let events = [
        event(0, 1.0, 0),
        event(0, 1.0, 30 * DAY),
        event(1, 1.0, 30 * DAY),
        event(1, -1.0, 30 * DAY),
        event(2, 9.0, 0),
    ];
    let matrix = Confidence::default().matrix(1, 3, &events, 30 * DAY).unwrap();
    assert_eq!((matrix.row(0).items, matrix.row(0).weights), (&[0, 2][..], &[1.5, 3.0][..]));
    assert!(Confidence { pair_cap: f32::NAN, ..Confidence::default() }.matrix(1, 3, &events, 0).is_err());
}

#[test]
fn one_account_weighs_no_more_than_its_cap() {
    let events: Vec<_> =
        (0..100_000).map(|at| Interaction { user: 0, item: at % 4000, weight: 1e6, at_ms: 0 }).collect();
    let matrix = Confidence::default().matrix(1, 4000, &events, 0).unwrap();
    let total: f32 = matrix.row(0).weights.iter().sum();
    assert!((total - 1000.0).abs() < 0.1, "{total}");
}
