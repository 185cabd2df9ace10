//! Metrics of the engine, with the names operators' dashboards expect.

use std::time::Duration;

use prometheus::{Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGaugeVec, Opts, Registry};

use crate::ids::TaskId;
use crate::ledger::Entry;

/// Counters and histograms of the engine; registered once a process.
#[derive(Clone, Debug)]
pub struct EngineMetrics {
    processed: IntCounterVec,
    dropped: IntCounterVec,
    stream_time: IntGaugeVec,
    restore_remaining: IntGaugeVec,
    standby_lag: IntGaugeVec,
    commit_seconds: Histogram,
    commits: IntCounter,
    in_doubt: IntCounter,
    rollbacks: IntCounter,
    spans_dropped: IntCounterVec,
}

impl EngineMetrics {
    /// Registers the engine's metrics.
    ///
    /// # Errors
    /// When a name is registered already.
    pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let metrics = Self {
            processed: IntCounterVec::new(Opts::new("tillstream_task_process_total", "Records processed"), &["task"])?,
            dropped: IntCounterVec::new(
                Opts::new("tillstream_records_dropped_total", "Records set aside, by reason"),
                &["task", "reason"],
            )?,
            stream_time: IntGaugeVec::new(
                Opts::new("tillstream_task_stream_time_ms", "Event time of the task, epoch milliseconds"),
                &["task"],
            )?,
            restore_remaining: IntGaugeVec::new(
                Opts::new("tillstream_restore_remaining_records", "Changelog offsets a restore still has to pass"),
                &["task", "store"],
            )?,
            standby_lag: IntGaugeVec::new(
                Opts::new("tillstream_standby_lag_records", "Changelog offsets a standby is behind"),
                &["task"],
            )?,
            commit_seconds: Histogram::with_opts(
                HistogramOpts::new("tillstream_commit_seconds", "Duration of commits")
                    .buckets(vec![0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0]),
            )?,
            commits: IntCounter::new("tillstream_commits_total", "Transactions committed")?,
            in_doubt: IntCounter::new("tillstream_in_doubt_total", "Commits whose outcome had to be looked up")?,
            rollbacks: IntCounter::new("tillstream_rollbacks_total", "Tasks rolled back to their last commit")?,
            spans_dropped: IntCounterVec::new(
                Opts::new(
                    "tillstream_spans_dropped_total",
                    "Spans of traces dropped because there were too many, by place",
                ),
                &["place"],
            )?,
        };
        registry.register(Box::new(metrics.processed.clone()))?;
        registry.register(Box::new(metrics.dropped.clone()))?;
        registry.register(Box::new(metrics.stream_time.clone()))?;
        registry.register(Box::new(metrics.restore_remaining.clone()))?;
        registry.register(Box::new(metrics.standby_lag.clone()))?;
        registry.register(Box::new(metrics.commit_seconds.clone()))?;
        registry.register(Box::new(metrics.commits.clone()))?;
        registry.register(Box::new(metrics.in_doubt.clone()))?;
        registry.register(Box::new(metrics.rollbacks.clone()))?;
        registry.register(Box::new(metrics.spans_dropped.clone()))?;
        Ok(metrics)
    }

    /// Counts spans that `place`, one of a few words, had to drop.
    pub fn spans_dropped(&self, place: &'static str) -> IntCounter {
        self.spans_dropped.with_label_values(&[place])
    }

    pub(crate) fn committed(&self, took: Duration) {
        self.commits.inc();
        self.commit_seconds.observe(took.as_secs_f64());
    }

    pub(crate) fn task_committed(&self, task: TaskId, stream_time: i64, entries: &[Entry], dead: usize) {
        let task = task.to_string();
        let mut sum = Entry::default();
        entries.iter().for_each(|entry| sum += *entry);
        self.processed.with_label_values(&[&task]).inc_by(sum.consumed);
        for (reason, n) in
            [("late", sum.late), ("duplicate", sum.duplicate), ("skipped", sum.skipped), ("dead_letter", dead as u64)]
        {
            self.dropped.with_label_values(&[task.as_str(), reason]).inc_by(n);
        }
        self.stream_time.with_label_values(&[&task]).set(stream_time);
    }

    pub(crate) fn restore_remaining(&self, task: TaskId, store: &str, records: u64) {
        let records = i64::try_from(records).unwrap_or(i64::MAX);
        self.restore_remaining.with_label_values(&[task.to_string().as_str(), store]).set(records);
    }

    pub(crate) fn standby_lag(&self, task: TaskId, records: u64) {
        let records = i64::try_from(records).unwrap_or(i64::MAX);
        self.standby_lag.with_label_values(&[task.to_string()]).set(records);
    }

    /// The instance keeps no standby of `task` any more.
    pub(crate) fn no_standby(&self, task: TaskId) {
        // An error says that none was kept.
        let _ = self.standby_lag.remove_label_values(&[task.to_string()]);
    }

    pub(crate) fn in_doubt(&self) {
        self.in_doubt.inc();
    }

    pub(crate) fn rolled_back(&self) {
        self.rollbacks.inc();
    }
}
