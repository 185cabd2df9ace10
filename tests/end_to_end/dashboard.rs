//! The dashboard in a real browser. Without Chromium there is nothing to look with: it is no dependency of the build.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::binary::{Service, slice_of_sales, tillstream};

/// Names under which systems install it.
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Milliseconds of the page's own time: it asks its first questions at once, and again after five seconds.
const TIME_MS: u32 = 8_000;

#[test]
fn the_dashboard_shows_the_revenue_that_the_demo_tells() {
    let Some(browser) = BROWSERS.into_iter().find(|browser| runs(browser)) else {
        eprintln!("skipped: none of {} is installed", BROWSERS.join(", "));
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let (sales, data) = (slice_of_sales(dir.path(), 5_000), dir.path().join("data"));
    let (sales, data) = (sales.to_str().unwrap(), data.to_str().unwrap());
    let demo = ["demo", "--data", data, "--source", sales];
    let output = tillstream(&demo).args(["--once", "--listen", "127.0.0.1:0"]).output().unwrap();
    let totals: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let service = Service::start(&demo);
    let page = dom(browser, service.url(), &dir.path().join("profile"));
    let shown = format!(r#"<b id="revenue">{}</b>"#, in_pounds(totals["revenue"].as_str().unwrap()));
    assert!(page.contains(&shown), "no {shown} in:\n{page}");
    let orders = format!(r#"<b id="orders">{}</b>"#, totals["orders"]);
    assert!(page.contains(&orders), "no {orders} in:\n{page}");
    for chart in ["sales by month", "revenue by day"] {
        assert!(page.contains(&format!(r#"aria-label="{chart}""#)), "no chart of {chart} in:\n{page}");
    }
    assert!(page.contains(r#"<span id="trouble" role="status"></span>"#), "there is trouble in:\n{page}");
}

fn runs(browser: &str) -> bool {
    let version = Command::new(browser).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}

/// The page as it is after its scripts have run.
fn dom(browser: &str, url: &str, profile: &Path) -> String {
    let output = Command::new(browser)
        .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("--virtual-time-budget={TIME_MS}"))
        .arg(format!("{url}/"))
        .stderr(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{browser} failed");
    String::from_utf8(output.stdout).unwrap()
}

/// `96547.37` as `£96,547`.
fn in_pounds(amount: &str) -> String {
    let rounded = format!("{:.0}", amount.parse::<f64>().unwrap());
    let (head, tail) = rounded.split_at(rounded.len() - 3);
    format!("£{head},{tail}")
}
