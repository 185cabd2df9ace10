//! From scores to the list that is shown.

use std::fmt;

use super::{super::top::best, Diversity, Rule};

/// A diverse list is picked from a pool this many times as long.
const POOL: usize = 5;

/// Builds a list: the best items that all rules allow.
#[derive(Clone)]
pub struct Shortlist<'a> {
    length: usize,
    rules: Vec<&'a dyn Rule>,
    min_score: f32,
    diversity: Option<Diversity<'a>>,
}

impl fmt::Debug for Shortlist<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { length, rules, min_score, diversity } = self;
        write!(f, "Shortlist({length}, {} rules, from {min_score}, {diversity:?})", rules.len())
    }
}

impl<'a> Shortlist<'a> {
    /// A list of up to `length` items without any rule.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self { length, rules: Vec::new(), min_score: f32::NEG_INFINITY, diversity: None }
    }

    /// Shows only what a rule allows, besides all others.
    #[must_use]
    pub fn rule(mut self, rule: &'a dyn Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Shows nothing that scores less.
    #[must_use]
    pub fn min_score(mut self, score: f32) -> Self {
        self.min_score = score;
        self
    }

    /// Keeps the list varied.
    #[must_use]
    pub fn diversity(mut self, diversity: Diversity<'a>) -> Self {
        self.diversity = Some(diversity);
        self
    }

    /// The list, the best first; shorter if not enough items are allowed. `scores[item]`.
    #[must_use]
    pub fn pick(&self, scores: &[f32]) -> Vec<(u32, f32)> {
        let allowed = (0..)
            .zip(scores.iter().copied())
            .filter(|&(item, score)| score >= self.min_score && self.rules.iter().all(|rule| rule.allows(item)));
        match &self.diversity {
            Some(diversity) => diversity.pick(best(allowed, self.length.saturating_mul(POOL)), self.length),
            None => best(allowed, self.length),
        }
    }
}
