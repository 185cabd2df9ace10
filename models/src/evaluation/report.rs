//! What comes out.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;
use serde_json::Value;

use super::{Metrics, Protocol};

/// The result of an evaluation; [`Display`](fmt::Display) is a table.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The model's name.
    pub model: &'static str,
    /// What was held out.
    pub protocol: Protocol,
    /// The model's parameters.
    pub parameters: Value,
    /// What everything random was drawn from.
    pub seed: u64,
    /// Lists that were judged.
    pub lists: usize,
    /// Items that should have been in them.
    pub held_out: usize,
    /// Users of the training data.
    pub users: usize,
    /// Items of the training data.
    pub items: usize,
    /// Distinct pairs of the training data.
    pub train_pairs: usize,
    /// How good the lists were.
    #[serde(flatten)]
    pub metrics: Metrics,
    /// Median time of a sweep, for models that make sweeps.
    pub seconds_per_sweep: Option<f64>,
    /// How long the fit took.
    pub fit_seconds: f64,
    /// How long it took to rank all lists.
    pub rank_seconds: f64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { model, users, items, train_pairs, lists, held_out, metrics, .. } = self;
        writeln!(f, "{model}: {train_pairs} pairs of {users} users and {items} items")?;
        writeln!(f, "{lists} lists, {held_out} held-out items, seed {}\n", self.seed)?;
        writeln!(f, "{:>6} {:>8} {:>8} {:>8}", "k", "NDCG", "Recall", "HR")?;
        for (k, ndcg) in &metrics.ndcg {
            let at = |map: &BTreeMap<usize, f64>| map.get(k).copied().unwrap_or(0.0);
            writeln!(f, "{k:>6} {ndcg:>8.4} {:>8.4} {:>8.4}", at(&metrics.recall), at(&metrics.hit_rate))?;
        }
        let Metrics { mrr, coverage, novelty, .. } = metrics;
        writeln!(f, "\nMRR {mrr:.4}, coverage {coverage:.4}, novelty {novelty:.2} bits")?;
        write!(f, "fit {:.2} s, ranking {:.2} s", self.fit_seconds, self.rank_seconds)?;
        match self.seconds_per_sweep {
            Some(seconds) => write!(f, ", {:.1} ms a sweep", seconds * 1000.0),
            None => Ok(()),
        }
    }
}
