//! Telling another instance of the same name from a group that is mistaken about this one.

use std::collections::VecDeque;

/// Times a member may be put out under its own name within the period; the next time it is believed.
const BELIEVED_AFTER: usize = 2;

/// Within which those times fall, ms.
const PERIOD_MS: i64 = 60_000;

/// How often a thread was put out of the group because another goes by its name.
///
/// A join whose answer is lost leaves a member behind in the group that nobody is, and the next join of the same thread is
/// fenced by it: to join again is all that is needed. Of two instances that do share a name, the older is put out first,
/// and they take turns from there: it is also the first to be put out once too often.
#[derive(Debug, Default)]
pub(crate) struct Namesakes {
    put_out_at: VecDeque<i64>,
}

impl Namesakes {
    /// Counts that the thread was put out at `now_ms`; answers whether there must be another of its name.
    pub(crate) fn put_out(&mut self, now_ms: i64) -> bool {
        while self.put_out_at.front().is_some_and(|at| now_ms - at > PERIOD_MS) {
            self.put_out_at.pop_front();
        }
        self.put_out_at.push_back(now_ms);
        self.put_out_at.len() > BELIEVED_AFTER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_who_is_put_out_again_and_again_has_a_namesake() {
        let mut namesakes = Namesakes::default();
        assert_eq!([0, 10_000, 20_000].map(|now| namesakes.put_out(now)), [false, false, true]);
    }

    #[test]
    fn what_is_long_past_does_not_count() {
        let mut namesakes = Namesakes::default();
        assert_eq!([0, 10_000, 65_000, 65_001].map(|now| namesakes.put_out(now)), [false, false, false, true]);
    }
}
