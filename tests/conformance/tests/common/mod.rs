//! Runs cases and judges them.

use std::path::Path;

use tillstream_conformance::{Case, CaseError, Deviations, NotYet, Stores, differences, run};

/// Where stores are.
#[derive(Clone, Copy)]
pub(crate) enum Store {
    Memory,
    AsStated,
    Disk,
}

enum Verdict {
    Passed,
    Deviates,
    NotYet,
    Failed(String),
}

/// Judges all `cases`, prints the counts and panics with every difference there is. `CASE=part-of-a-name` runs a few.
pub(crate) fn check(title: &str, cases: &[Case], store: Store) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let deviations = Deviations::read(&root.join("deviations.toml")).unwrap();
    let not_yet = NotYet::read(&root.join("not_yet.toml")).unwrap();
    let wanted = std::env::var("CASE").unwrap_or_default();
    let (mut passed, mut deviate, mut waiting, mut failures) = (0, 0, 0, Vec::new());
    for case in cases.iter().filter(|case| case.name.contains(&wanted)) {
        match judge(case, store, &deviations, &not_yet) {
            Verdict::Passed => passed += 1,
            Verdict::Deviates => deviate += 1,
            Verdict::NotYet => waiting += 1,
            Verdict::Failed(why) => failures.push(format!("{}:\n{why}", case.name)),
        }
    }
    println!("{title}: {passed} passed, {deviate} deviate, {waiting} not yet, {} failed", failures.len());
    assert!(
        failures.is_empty(),
        "{title}: {} of {} cases failed\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n")
    );
    assert!(!wanted.is_empty() || passed > 0, "no case was run");
}

fn judge(case: &Case, store: Store, deviations: &Deviations, not_yet: &NotYet) -> Verdict {
    if not_yet.part_of(case).is_some() {
        return Verdict::NotYet;
    }
    let deviation = deviations.of(case);
    let expected = match deviation {
        Some(deviation) => deviation.right(&case.expect),
        None => Ok(case.expect.clone()),
    };
    let outcome = expected.and_then(|expected| Ok(differences(&expected, &outcome(case, store)?)));
    match (outcome, deviation) {
        (Err(error), _) => Verdict::Failed(format!("  {error}\n")),
        (Ok(Some(differences)), _) => Verdict::Failed(differences),
        (Ok(None), Some(_)) => Verdict::Deviates,
        (Ok(None), None) => Verdict::Passed,
    }
}

fn outcome(case: &Case, store: Store) -> Result<serde_json::Value, CaseError> {
    let directory = tempfile::tempdir().unwrap();
    let stores = match store {
        Store::Memory => Stores::InMemory,
        Store::AsStated => Stores::AsStated(directory.path()),
        Store::Disk => Stores::OnDisk(directory.path()),
    };
    run(case, stores)
}
