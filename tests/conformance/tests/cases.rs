//! Every recorded case, with its stores in memory and once more with all of them on disk.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::path::Path;

use common::{Store, check};
use tillstream_conformance::Case;

fn cases() -> Vec<Case> {
    Case::all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("cases")).unwrap()
}

#[test]
fn cases_in_memory() {
    check("cases in memory", &cases(), Store::Memory);
}

#[test]
fn cases_with_the_stores_they_state() {
    check("cases with the stores they state", &cases(), Store::AsStated);
}

#[test]
fn cases_on_disk() {
    check("cases on disk", &cases(), Store::Disk);
}
