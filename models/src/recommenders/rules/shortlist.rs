//! From scores to the list that is shown.

use std::fmt;

use super::{
    super::top::{best, best_allowed},
    Diversity, Rule,
};

/// A diverse list is picked from a pool this many times as long.
const POOL: usize = 5;
/// From rough scores so many times the items that are wanted are taken, and some more.
const ROUGH: usize = 3;
const ROUGH_MORE: usize = 40;

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
        let scored = (0..).zip(scores.iter().copied()).filter(|&(_, score)| score >= self.min_score);
        self.vary(best_allowed(scored, self.pool(), |item| self.allows(item)))
    }

    /// The same from rough scores: what is best by them, several times as much as is wanted, is scored again.
    pub(in super::super) fn pick_again(&self, rough: &[f32], score: impl Fn(u32) -> f32) -> Vec<(u32, f32)> {
        let wanted = self.pool().saturating_mul(ROUGH).saturating_add(ROUGH_MORE);
        let candidates = best_allowed((0..).zip(rough.iter().copied()), wanted, |item| self.allows(item));
        let scored = candidates.into_iter().map(|(item, _)| (item, score(item)));
        self.vary(best(scored.filter(|&(_, score)| score >= self.min_score), self.pool()))
    }

    fn allows(&self, item: u32) -> bool {
        self.rules.iter().all(|rule| rule.allows(item))
    }

    /// How many items are looked at before they are varied.
    fn pool(&self) -> usize {
        if self.diversity.is_some() { self.length.saturating_mul(POOL) } else { self.length }
    }

    fn vary(&self, pool: Vec<(u32, f32)>) -> Vec<(u32, f32)> {
        match &self.diversity {
            Some(diversity) => diversity.pick(pool, self.length),
            None => pool,
        }
    }
}
