//! The demo, killed at random moments while it replays: its final answers are byte for byte those of a run left in peace.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::binary::{Service, slice_of_sales, tillstream};

/// Kills, and rows of sales for them to fall into.
fn size() -> (u64, usize) {
    if std::env::var_os("TILLSTREAM_SOAK").is_some() { (100, 541_909) } else { (10, 40_000) }
}

/// Answers that hold all there is: compared as bytes.
const ANSWERS: [&str; 9] = [
    "/v1/metrics/gross-revenue?granularity=minute&limit=10000",
    "/v1/metrics/revenue?granularity=hour&limit=10000",
    "/v1/metrics/gross-revenue?granularity=day&by=product&limit=10000",
    "/v1/metrics/units?granularity=day&by=category&limit=10000",
    "/v1/metrics/revenue?granularity=month&by=country&limit=10000",
    "/v1/orders?limit=1000",
    "/v1/products/top?window=24h&by=revenue&limit=100",
    "/v1/products/85123A/bought-together?limit=1000",
    "/v1/ledger",
];

#[test]
fn answers_are_byte_identical_after_kills() {
    let (kills, rows) = size();
    let dir = tempfile::tempdir().unwrap();
    let sales = slice_of_sales(dir.path(), rows);
    let (calm, killed) = (dir.path().join("calm"), dir.path().join("killed"));
    let started = Instant::now();
    let expected = finish(&calm, &sales);
    let whole_run = started.elapsed();

    let mut midway = 0;
    for n in 0..kills {
        let after = Duration::from_millis(150) + whole_run / 3 * u32::try_from(n * 7_919 % 97).unwrap() / 97;
        midway += u64::from(run_and_kill(&killed, &sales, after));
    }
    assert!(midway * 2 >= kills, "only {midway} of {kills} kills found the replay at work: the run proves nothing");
    let actual = finish(&killed, &sales);
    assert_eq!(actual, expected, "the totals differ");
    let (calm, killed) = (answers(&calm, &sales), answers(&killed, &sales));
    for (path, (calm, killed)) in ANSWERS.iter().zip(calm.into_iter().zip(killed)) {
        assert!(calm == killed, "the answers to {path} differ");
    }
}

fn finish(data: &Path, sales: &Path) -> Value {
    let output = demo(data, sales).output().unwrap();
    assert!(output.status.success());
    let mut totals: Value = serde_json::from_slice(&output.stdout).unwrap();
    // These tell of this run, not of the shop: what is recommended depends on when a model was trained and gone on from.
    for of_this_run in ["seconds", "eventsPerSecond", "events", "recommended"] {
        totals.as_object_mut().unwrap().remove(of_this_run);
    }
    totals
}

fn demo(data: &Path, sales: &Path) -> std::process::Command {
    let (data, sales) = (data.to_str().unwrap(), sales.to_str().unwrap());
    tillstream(&["demo", "--once", "--listen", "127.0.0.1:0", "--data", data, "--source", sales])
}

/// Answers whether the process was still at work when it was killed.
fn run_and_kill(data: &Path, sales: &Path, after: Duration) -> bool {
    let mut child = demo(data, sales).spawn().unwrap();
    std::thread::park_timeout(after);
    let at_work = child.try_wait().unwrap().is_none();
    // SIGKILL on Unix.
    child.kill().unwrap();
    child.wait().unwrap();
    at_work
}

fn answers(data: &Path, sales: &Path) -> Vec<Vec<u8>> {
    let (data, sales) = (data.to_str().unwrap(), sales.to_str().unwrap());
    let service = Service::start(&["demo", "--data", data, "--source", sales]);
    ANSWERS
        .iter()
        .map(|path| {
            let (status, body) = service.try_get(path).unwrap();
            assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&body));
            body
        })
        .collect()
}
