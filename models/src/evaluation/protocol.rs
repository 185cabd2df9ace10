//! The published ways to hold data out.

use std::{collections::BTreeMap, str::FromStr, time::Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::{
    Dataset, EvaluationError, ModelSpec, Pair, Report,
    cases::{Case, Cases},
    fit::fit,
    measure::measure,
    negatives::Negatives,
    training::event,
    validation::buyers,
};
use crate::{als::Sweep, interactions::Interactions};

/// Negatives drawn for a held-out item if no file names them, as in the NCF protocol.
const SAMPLED_NEGATIVES: usize = 99;

/// What is held out, and what it is ranked among.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// Test users are new: a model sees their fold-in pairs only and ranks the whole catalogue.
    Strong,
    /// Test users are in the training data; the whole catalogue is ranked.
    FullRanking,
    /// As before, but each held-out item is ranked among its negatives only, and is a list of its own.
    Sampled,
}

impl FromStr for Protocol {
    type Err = EvaluationError;

    fn from_str(name: &str) -> Result<Self, EvaluationError> {
        match name {
            "strong" => Ok(Self::Strong),
            "full-ranking" => Ok(Self::FullRanking),
            "sampled" => Ok(Self::Sampled),
            _ => Err(EvaluationError::UnknownProtocol { name: name.to_owned() }),
        }
    }
}

/// How an evaluation is made.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Lengths of the lists that are judged.
    pub cutoffs: Vec<usize>,
    /// What first factors, validation users and negatives are drawn from.
    pub seed: u64,
}

impl Default for Options {
    /// Cutoffs 10, 20, 50, 100 and seed 0.
    fn default() -> Self {
        Self { cutoffs: vec![10, 20, 50, 100], seed: 0 }
    }
}

/// What is being done, for a progress bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// A sweep of ALS is done.
    Sweep(Sweep),
    /// A combination of a grid is done.
    GridPoint {
        /// How many are done.
        done: usize,
        /// How many there are.
        of: usize,
    },
}

/// Fits a model to the training data and judges its lists on the held-out pairs.
///
/// # Errors
/// If the protocol lacks a file, the model cannot be fitted, or nobody is left to evaluate.
pub fn evaluate(
    dataset: &Dataset,
    spec: &ModelSpec,
    protocol: Protocol,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<Report, EvaluationError> {
    let cases = dataset.cases(protocol, options.seed)?;
    if cases.cases.is_empty() {
        return Err(EvaluationError::Nobody {
            why: "no held-out item is new to a user the models know or can fold in",
        });
    }
    let fitted = fit(&dataset.training, spec, options.seed, progress)?;
    let (users, start) = (dataset.training.matrix.users(), Instant::now());
    let buyers = buyers(&dataset.training.matrix);
    let metrics = measure(fitted.recommender.as_ref(), &cases, &options.cutoffs, &buyers, users);
    Ok(Report {
        model: spec.name(),
        protocol,
        parameters: fitted.parameters,
        seed: options.seed,
        lists: cases.cases.len(),
        held_out: cases.cases.iter().map(|case| case.held_out.len()).sum(),
        users,
        items: dataset.training.matrix.items(),
        train_pairs: dataset.training.matrix.len(),
        metrics,
        seconds_per_sweep: fitted.seconds_per_sweep,
        fit_seconds: fitted.seconds,
        rank_seconds: start.elapsed().as_secs_f64(),
    })
}

impl Dataset {
    fn cases(&self, protocol: Protocol, seed: u64) -> Result<Cases, EvaluationError> {
        let histories = self.histories(protocol)?;
        let folded = self.fold_in.is_some();
        let trained = self.training.matrix.users();
        let mut cases = Vec::new();
        for (&user, held_out) in &self.held_out {
            let history = user as usize;
            let seen = histories.row(history).items;
            let held_out: Vec<u32> =
                held_out.iter().copied().filter(|item| seen.binary_search(item).is_err()).collect();
            let user = Some(user).filter(|&user| !folded && (user as usize) < trained);
            if !held_out.is_empty() {
                cases.push(Case { user, history, held_out, candidates: None });
            }
        }
        if protocol == Protocol::Sampled {
            cases = self.sampled(&cases, &histories, seed);
        }
        Ok(Cases { cases, histories })
    }

    /// What each user has when lists are made, for all users of all files.
    fn histories(&self, protocol: Protocol) -> Result<Interactions, EvaluationError> {
        let fold_in = match (&self.fold_in, protocol) {
            (None, Protocol::Strong) => {
                let what = "the histories of the test users (--fold-in)";
                return Err(EvaluationError::Missing { protocol: "strong", what });
            }
            (fold_in, _) => fold_in.as_deref().unwrap_or_default(),
        };
        let training = &self.training;
        let mut events = training.events.clone();
        events.extend(fold_in.iter().map(|pair: &Pair| event(pair, training.now_ms)));
        let now_ms = events.iter().map(|event| event.at_ms).max().unwrap_or(0).max(training.now_ms);
        Ok(training.confidence.matrix(self.users.len(), self.items.len(), &events, now_ms)?)
    }

    /// One list for each held-out item, ranked among the negatives of the file, or 99 drawn items the user has not.
    fn sampled(&self, cases: &[Case], histories: &Interactions, seed: u64) -> Vec<Case> {
        let catalogue = self.training.matrix.items();
        let key = |line: &Negatives| (line.user, line.held_out);
        let named: Option<BTreeMap<_, _>> =
            self.negatives.as_ref().map(|lines| lines.iter().map(|line| (key(line), &line.items)).collect());
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut lists = Vec::new();
        for case in cases {
            for &item in case.held_out.iter().filter(|&&item| (item as usize) < catalogue) {
                let user = case.history as u32;
                let negatives = match &named {
                    Some(named) => {
                        let found = named.get(&(user, Some(item))).or_else(|| named.get(&(user, None)));
                        let Some(found) = found else { continue };
                        found.iter().copied().filter(|&other| (other as usize) < catalogue).collect()
                    }
                    None => draw(&mut random, catalogue, histories.row(case.history).items, &case.held_out),
                };
                let candidates = [vec![item], negatives].concat();
                lists.push(Case { held_out: vec![item], candidates: Some(candidates), ..case.clone() });
            }
        }
        lists
    }
}

/// Distinct items that are neither in the history nor held out; fewer if there are not enough.
fn draw(random: &mut ChaCha8Rng, catalogue: usize, seen: &[u32], held_out: &[u32]) -> Vec<u32> {
    let wanted = SAMPLED_NEGATIVES.min(catalogue.saturating_sub(seen.len() + held_out.len()));
    let mut drawn = Vec::with_capacity(wanted);
    while drawn.len() < wanted {
        let item = random.random_range(0..catalogue as u32);
        if seen.binary_search(&item).is_err() && held_out.binary_search(&item).is_err() && !drawn.contains(&item) {
            drawn.push(item);
        }
    }
    drawn
}
