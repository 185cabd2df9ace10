//! The whole shop on a disk that fills up: it says so, gives no wrong answers, goes on when there is room, and has lost nothing and
//! counted nothing twice.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::binary::{Service, slice_of_sales, tillstream};

/// A small file system that only the program sees, most of it taken until a file says otherwise.
const ON_A_SMALL_DISK: &str = r#"
disk="$1" room="$2"; shift 2
mount -t tmpfs -o size=400m none "$disk" && dd if=/dev/zero of="$disk/ballast" bs=1M count=280 2>/dev/null || exit 1
{ for n in $(seq 1200); do [ -e "$room" ] && break; sleep 0.1; done; rm "$disk/ballast"; } &
exec "$@"
"#;

/// Rows of sales that need more than is left, and less than there is.
const ROWS: usize = 200_000;

/// Answers over all tasks.
const ANSWERS: [&str; 6] = [
    "/v1/ledger",
    "/v1/metrics/revenue?granularity=minute&limit=10000",
    "/v1/metrics/gross-revenue?granularity=month",
    "/v1/orders?limit=1000",
    "/v1/products/top?window=24h&by=revenue&limit=100",
    "/v1/products/85123A/bought-together?limit=1000",
];

/// How long the disk may take to fill, and the rest to be dealt with.
const PATIENCE: Duration = Duration::from_secs(90);

fn on_a_small_disk(disk: &Path, room: &Path, command: &Command) -> Command {
    let mut outer = Command::new("unshare");
    outer.args(["--user", "--map-root-user", "--mount", "sh", "-c", ON_A_SMALL_DISK, "sh"]).args([disk, room]);
    outer.arg(command.get_program()).args(command.get_args()).stdin(Stdio::null()).stderr(Stdio::null());
    outer
}

/// Asks until an answer is as wanted.
fn wait_for(service: &Service, path: &str, what: &str, wanted: impl Fn(u16, &str) -> bool) {
    let (deadline, mut last) = (Instant::now() + PATIENCE, None);
    while Instant::now() < deadline {
        last = service.try_get(path).map(|(status, body)| (status, String::from_utf8_lossy(&body).into_owned()));
        if last.as_ref().is_some_and(|(status, body)| wanted(*status, body)) {
            return;
        }
        std::thread::park_timeout(Duration::from_millis(50));
    }
    panic!("{what}: {last:?}");
}

/// The totals that do not depend on how long it took.
fn totals(service: &Service) -> Value {
    ANSWERS.iter().map(|path| service.get(path)).collect()
}

#[test]
fn a_full_disk_stops_processing_and_costs_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let probe = ["--user", "--map-root-user", "--mount", "sh", "-c", "mount -t tmpfs none \"$0\""];
    if !Command::new("unshare").args(probe).arg(dir.path()).output().is_ok_and(|output| output.status.success()) {
        eprintln!("no file system can be mounted here");
        return;
    }
    let sales = slice_of_sales(dir.path(), ROWS);
    let (small, roomy, room) = (dir.path().join("small"), dir.path().join("roomy"), dir.path().join("room"));
    std::fs::create_dir(&small).unwrap();
    let demo = |data: &Path| {
        let (data, sales) = (data.join("shop"), sales.to_str().unwrap());
        tillstream(&["demo", "--data", data.to_str().unwrap(), "--source", sales])
    };
    let done = |_, body: &str| body.contains("\"done\":true");

    let service = Service::run(on_a_small_disk(&small, &room, &demo(&small)));
    wait_for(&service, "/readyz", "it never said that the disk is full", |status, body| {
        status == 503 && body.contains("space")
    });
    // It lives, and does not take what is closed for nothing.
    assert_eq!(service.try_get("/livez").unwrap().0, 200);
    for path in ANSWERS {
        assert_eq!(service.try_get(path).unwrap().0, 503, "{path}");
    }
    std::fs::write(&room, "").unwrap();
    wait_for(&service, "/v1/replay", "it never went on", done);
    let after = totals(&service);
    assert!(service.stop());

    let calm = Service::run(demo(&roomy));
    wait_for(&calm, "/v1/replay", "the other never ended", done);
    assert_eq!(after, totals(&calm));
}
