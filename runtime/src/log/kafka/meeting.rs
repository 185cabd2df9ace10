//! Where the threads of an instance wait for one another before they ask for places in their group.
//!
//! Members that ask in the same moment come into one generation of the group. One that asks a little later makes the others give up
//! tasks they have just been given, and librdkafka lets a second pass between two requests of a member (`rkcg_join_intvl`).

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// By group, how many have come.
#[derive(Debug, Default)]
pub(super) struct Meeting {
    come: Mutex<BTreeMap<String, usize>>,
    changed: Condvar,
}

impl Meeting {
    /// Waits until `all` have come, for at most `patience`. Who comes back later does not wait.
    pub(super) fn come(&self, group: &str, all: usize, patience: Duration) {
        let mut come = self.come.lock().unwrap_or_else(PoisonError::into_inner);
        *come.entry(group.to_owned()).or_default() += 1;
        self.changed.notify_all();
        let lacks = |come: &mut BTreeMap<String, usize>| come.get(group).is_some_and(|count| *count < all);
        drop(self.changed.wait_timeout_while(come, patience, lacks));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn all_go_on_together_and_nobody_waits_for_ever() {
        let meeting = Meeting::default();
        std::thread::scope(|threads| {
            for _ in 0..3 {
                threads.spawn(|| meeting.come("group", 3, Duration::from_secs(60)));
            }
        });
        let begin = Instant::now();
        meeting.come("group", 3, Duration::from_secs(60));
        meeting.come("alone", 2, Duration::from_millis(20));
        assert!((Duration::from_millis(20)..Duration::from_secs(30)).contains(&begin.elapsed()));
    }
}
