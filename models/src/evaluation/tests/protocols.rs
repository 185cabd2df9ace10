//! Whole evaluations of a shop with two crowds.

use super::super::*;

/// Users of one crowd have most even items, users of the other most odd ones; item 20 is everybody's.
fn shop(timed: bool) -> String {
    let mut text = String::new();
    for user in 0..60u32 {
        for item in (0..20).filter(|item| item % 2 == user % 2 && (item / 2 + user) % 5 != 0).chain([20]) {
            let time = if timed {
                format!(",1,{}", 1_300_000_000 + 86_400 * u64::from((user + 7 * item) % 90))
            } else {
                String::new()
            };
            text.push_str(&format!("u{user},i{item}{time}\n"));
        }
    }
    text
}

fn run(model: &str, protocol: Protocol, dataset: &Dataset) -> Report {
    let options = Options { cutoffs: vec![1, 2], seed: 5 };
    evaluate(dataset, &ModelSpec::named(model).unwrap(), protocol, &options, &mut |_| {}).unwrap()
}

/// What must not differ between two runs.
fn without_times(report: &Report) -> serde_json::Value {
    let mut value = serde_json::to_value(report).unwrap();
    for key in ["secondsPerSweep", "fitSeconds", "rankSeconds"] {
        value.as_object_mut().unwrap().remove(key).unwrap();
    }
    value
}

#[test]
fn new_users_are_folded_in_and_every_model_but_popularity_knows_their_crowd() {
    let fold_in = "n0,i2\nn0,i4\nn0,i6\nn0,i20\nn1,i1\nn1,i3\nn1,i5\nn1,i20\n";
    let test =
        "n0,i8\nn0,i10\nn0,i12\nn0,i14\nn0,i16\nn0,i18\nn0,i0\nn1,i7\nn1,i9\nn1,i11\nn1,i13\nn1,i15\nn1,i17\nn1,i19\n";
    for timed in [false, true] {
        let dataset = Dataset::from_text(&shop(timed), test, Some(fold_in)).unwrap();
        for model in ["als", "ease", "item-knn", "co-purchase", "blend"] {
            let report = run(model, Protocol::Strong, &dataset);
            assert_eq!((report.metrics.recall[&2], report.metrics.mrr), (1.0, 1.0), "{model}, timed {timed}");
            assert_eq!((report.lists, report.held_out), (2, 14));
            assert_eq!(without_times(&report), without_times(&run(model, Protocol::Strong, &dataset)), "{model}");
        }
        assert!(run("popularity", Protocol::Strong, &dataset).metrics.recall[&2] < 1.0);
    }
    let dataset = Dataset::from_text(&shop(false), test, None).unwrap();
    let spec = ModelSpec::named("als").unwrap();
    let refused = evaluate(&dataset, &spec, Protocol::Strong, &Options::default(), &mut |_| {}).unwrap_err();
    assert!(matches!(refused, EvaluationError::Missing { protocol: "strong", .. }), "{refused}");
}

#[test]
fn full_ranking_leaves_out_what_a_user_has() {
    // u1 lacks items 1+... of its own crowd: (item / 2 + 1) % 5 == 0 are items 9 and 19.
    let dataset = Dataset::from_text(&shop(false), "u1,i9\nu1,i19\nu1,i3\n", None).unwrap();
    let report = run("als", Protocol::FullRanking, &dataset);
    assert_eq!((report.held_out, report.metrics.recall[&2]), (2, 1.0), "i3 is in the history and no target");
}

#[test]
fn sampled_ranking_takes_the_files_negatives_or_draws_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let files = ["train", "test", "negatives"].map(|name| folder.path().join(name));
    std::fs::write(&files[0], shop(false)).unwrap();
    std::fs::write(&files[1], "u1,i9\nu2,i6\n").unwrap();
    std::fs::write(&files[2], "(u1,i9)\ti0\ti2\n(u2,i6)\ti1\ti3\n").unwrap();
    let [train, test, negatives] = files;
    let mut files = Files { train, test, fold_in: None, negatives: Some(negatives) };
    for drawn in [false, true] {
        if drawn {
            files.negatives = None;
        }
        let dataset = Dataset::read(&files, &crate::interactions::Confidence::default()).unwrap();
        let report = run("item-knn", Protocol::Sampled, &dataset);
        assert_eq!((report.lists, report.metrics.hit_rate[&1]), (2, 1.0), "drawn: {drawn}");
    }
}

#[test]
fn nobody_left_and_unknown_names_are_told() {
    let dataset = Dataset::from_text("a,b\n", "a,b\n", None).unwrap();
    let spec = ModelSpec::named("popularity").unwrap();
    let refused = evaluate(&dataset, &spec, Protocol::FullRanking, &Options::default(), &mut |_| {}).unwrap_err();
    assert!(matches!(refused, EvaluationError::Nobody { .. }));
    assert!(ModelSpec::named("svd").unwrap_err().to_string().contains("co-purchase"));
    assert!("leave-one-out".parse::<Protocol>().is_err());
    for name in ModelSpec::NAMES {
        assert_eq!(ModelSpec::named(name).unwrap().name(), name);
    }
}

#[test]
fn a_grid_is_searched_on_training_data_and_its_best_comes_first() {
    let dataset = Dataset::from_text(&shop(false), "", None).unwrap();
    let grid = Grid { factors: vec![4], alpha0: vec![0.1, 1.0], regularization: vec![0.01, 50.0] };
    let mut told = Vec::new();
    let points =
        search(dataset.training(), &crate::als::AlsModel::params(), &grid, 0, &mut |step| told.push(step)).unwrap();
    assert_eq!((points.len(), told.last()), (4, Some(&Progress::GridPoint { done: 4, of: 4 })));
    assert!(points[0].ndcg100 > points[3].ndcg100 && points[0].regularization < 1.0, "{points:?}");
}
