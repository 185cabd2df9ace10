//! Strong generalisation: 500 test users nobody has seen, a fifth of their items held out.

use std::path::PathBuf;

use tillstream_models::{
    als::AlsModel,
    evaluation::{Dataset, Files, ModelSpec, Options, Protocol, Report, evaluate},
    interactions::Confidence,
};

fn report(spec: &ModelSpec) -> Report {
    let path = |name| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/online_retail_splits").join(name);
    let files = Files {
        train: path("sg_train.csv.gz"),
        test: path("sg_test_heldout.csv.gz"),
        fold_in: Some(path("sg_test_foldin.csv.gz")),
        negatives: None,
    };
    let dataset = Dataset::read(&files, &Confidence::default()).unwrap();
    let report = evaluate(&dataset, spec, Protocol::Strong, &Options::default(), &mut |_| {}).unwrap();
    assert_eq!((report.lists, report.held_out, report.train_pairs), (500, 5_895, 204_199));
    println!(
        "{:12} {:.4} {:.4} {:.4}",
        report.model,
        report.metrics.recall[&20],
        report.metrics.recall[&50],
        ndcg(&report)
    );
    report
}

fn ndcg(report: &Report) -> f64 {
    report.metrics.ndcg[&100]
}

/// Figures of an evaluation in Python on the same split: recall at 20 and 50, NDCG at 100.
#[test]
fn closed_form_models_agree_with_another_implementation() {
    for (model, expected, slack) in [
        ("popularity", [0.0702, 0.1195, 0.0976], 0.001),
        ("item-knn", [0.2754, 0.3919, 0.3106], 0.001),
        ("ease", [0.3283, 0.4351, 0.3516], 0.0002),
    ] {
        let report = report(&ModelSpec::named(model).unwrap());
        let found = [report.metrics.recall[&20], report.metrics.recall[&50], ndcg(&report)];
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < slack, "{model}: {found} for {expected}");
        }
    }
}

#[test]
fn als_reaches_what_the_literature_says_it_can() {
    let default = report(&ModelSpec::named("als").unwrap());
    assert!(ndcg(&default) >= 0.315, "128 factors: {}", ndcg(&default));
    let wide = AlsModel::params().factors(256).alpha0(0.1).regularization(0.01);
    let wide = report(&ModelSpec::Als(wide));
    assert!(ndcg(&wide) >= 0.335, "256 factors: {}", ndcg(&wide));
}

#[test]
fn the_blend_beats_its_best_part() {
    let blend = report(&ModelSpec::named("blend").unwrap());
    assert!(ndcg(&blend) > 0.3550, "{} against 0.3516 of EASE alone", ndcg(&blend));
}
