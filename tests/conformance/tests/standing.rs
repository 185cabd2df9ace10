//! The lists of exceptions name what exists.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::path::Path;

use tillstream_conformance::{Case, Deviations, NotYet};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn all_cases() -> Vec<Case> {
    let mut cases = Case::all(&root().join("cases")).unwrap();
    cases.extend(Case::lines(&root().join("fuzz/seed1/cases.jsonl.gz")).unwrap());
    cases
}

#[test]
fn every_missing_part_is_used_by_a_case() {
    let used: BTreeSet<String> = all_cases().iter().flat_map(NotYet::parts_of).collect();
    let not_yet = NotYet::read(&root().join("not_yet.toml")).unwrap();
    let stale: Vec<&String> = not_yet.missing.keys().filter(|part| !used.contains(*part)).collect();
    assert!(stale.is_empty(), "no case uses {stale:?}");
}

#[test]
fn every_deviation_is_of_a_case_that_runs_and_has_an_allowed_reason() {
    let cases = all_cases();
    let not_yet = NotYet::read(&root().join("not_yet.toml")).unwrap();
    for deviation in Deviations::read(&root().join("deviations.toml")).unwrap().deviation {
        let case = cases.iter().find(|case| case.name == deviation.name);
        let case = case.unwrap_or_else(|| panic!("there is no case {}", deviation.name));
        assert_eq!(not_yet.part_of(case), None, "{} does not run yet", case.name);
        assert!([4, 5, 6, 7, 10, 11, 13, 17].contains(&deviation.surprise), "{}: {}", case.name, deviation.surprise);
        assert_ne!(deviation.right(&case.expect).unwrap(), case.expect, "{} does not deviate", case.name);
    }
}
