//! How long answers took, by kind of question.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

/// Every single latency: some hundred thousand numbers are little.
#[derive(Debug, Default)]
pub(super) struct Latencies {
    by_kind: BTreeMap<&'static str, Vec<Duration>>,
    failed: u64,
}

impl Latencies {
    pub(super) fn add(&mut self, kind: &'static str, latency: Duration, ok: bool) {
        self.by_kind.entry(kind).or_default().push(latency);
        self.failed += u64::from(!ok);
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (kind, latencies) in other.by_kind {
            self.by_kind.entry(kind).or_default().extend(latencies);
        }
        self.failed += other.failed;
    }

    /// A table in Markdown, a line a kind and one for all.
    pub(super) fn table(self, load: &str) -> String {
        let mut text =
            String::from("| question | answers | p50 ms | p99 ms | p99.9 ms | max ms |\n|---|---|---|---|---|---|\n");
        let mut all = Vec::new();
        for (kind, latencies) in self.by_kind {
            all.extend_from_slice(&latencies);
            line(&mut text, kind, latencies);
        }
        line(&mut text, "all", all);
        let _ = write!(text, "failed: {}, load average: {load}", self.failed);
        text
    }
}

fn line(text: &mut String, kind: &str, mut latencies: Vec<Duration>) {
    latencies.sort_unstable();
    let at = |share: f64| {
        let place = (latencies.len() as f64 * share).ceil() as usize;
        latencies.get(place.saturating_sub(1)).map_or(0.0, |latency| latency.as_secs_f64() * 1_000.0)
    };
    let (count, [p50, p99, p999, most]) = (latencies.len(), [0.5, 0.99, 0.999, 1.0].map(at));
    let _ = writeln!(text, "| {kind} | {count} | {p50:.2} | {p99:.2} | {p999:.2} | {most:.2} |");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let mut latencies = Latencies::default();
        for millis in (1..=100).rev() {
            latencies.add("point", Duration::from_millis(millis), millis != 7);
        }
        let table = latencies.table("0.1 0.2 0.3");
        assert!(table.contains("| point | 100 | 50.00 | 99.00 | 100.00 | 100.00 |"), "{table}");
        assert!(table.ends_with("failed: 1, load average: 0.1 0.2 0.3"), "{table}");
    }
}
