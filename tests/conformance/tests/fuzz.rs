//! Generated cases.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::path::Path;

use common::{Store, check};
use tillstream_conformance::Case;

fn cases() -> Vec<Case> {
    Case::lines(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seed1/cases.jsonl.gz")).unwrap()
}

#[test]
fn generated_cases_in_memory() {
    check("generated cases in memory", &cases(), Store::Memory);
}

#[test]
fn generated_cases_with_the_stores_they_state() {
    check("generated cases with the stores they state", &cases(), Store::AsStated);
}

#[test]
fn generated_cases_on_disk() {
    check("generated cases on disk", &cases(), Store::Disk);
}
