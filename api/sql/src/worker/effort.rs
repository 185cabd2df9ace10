//! What a query has taken so far, and what that says of it.

use std::time::Duration;

/// Part of the time of young queries in which one must have run not to count as hardly run at all.
pub(super) const HARDLY: u32 = 8;

/// Part of that time beyond which one that ran is not light.
const LIGHT: u32 = 2;

/// How many times that time a query may count as young that is kept from running.
const PATIENCE: u32 = 4;

/// What a query has taken so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    /// Since it was begun.
    pub(super) age: Duration,
    /// Of its process, on all cores.
    pub(super) ran: Duration,
    /// That the threads of its process have waited for a core, in all.
    pub(super) waited: Duration,
}

impl Effort {
    /// Whether it is too early to say anything of it.
    pub(super) fn hardly_ran(&self, quick_time: Duration) -> bool {
        self.ran < quick_time / HARDLY
    }

    /// Whether it belongs among the young, however late it is.
    pub(super) fn is_light(&self, quick_time: Duration) -> bool {
        self.ran <= quick_time / LIGHT
    }

    /// Whether it is young still. A busy machine makes no query old: one that others keep from running has more time.
    pub(super) fn is_young(&self, quick_time: Duration) -> bool {
        let kept_from_running = self.is_light(quick_time) && self.waited > self.ran;
        let patience = if self.hardly_ran(quick_time) || kept_from_running { PATIENCE } else { 1 };
        self.age < quick_time * patience
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_that_others_keep_from_running_stays_young_but_not_for_ever() {
        let young = |age, ran, waited| {
            let [age, ran, waited] = [age, ran, waited].map(Duration::from_millis);
            Effort { age, ran, waited }.is_young(Duration::from_millis(240))
        };
        assert!(young(239, 239, 0) && !young(240, 30, 0), "by its age, whatever it waits for");
        assert!(young(959, 29, 0) && !young(960, 29, 0), "it has hardly run");
        assert!(young(959, 120, 121) && !young(960, 120, 121), "it waited for a core");
        assert!(!young(240, 120, 120) && !young(240, 121, 500), "it ran most of the time, or much");
    }
}
