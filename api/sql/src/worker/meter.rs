//! How much of the machine the service itself wants.

use std::collections::HashMap;
use std::time::Instant;

use super::threads::Threads;

/// Watches the threads of this process that have the usual priority: those that have less give way to them by intent.
#[derive(Debug)]
pub(super) struct Meter {
    last: HashMap<i32, u64>,
    looked: Instant,
}

impl Meter {
    pub(super) fn new() -> Self {
        Self { last: Threads::of_service().wanted().collect(), looked: Instant::now() }
    }

    /// How many cores they have kept busy, or would have, had they not waited for one, since the last look. Zero where the system
    /// does not tell.
    pub(super) fn cores(&mut self) -> f64 {
        let now: HashMap<i32, u64> = Threads::of_service().wanted().collect();
        let since = |(thread, wanted): (&i32, &u64)| Some(wanted.saturating_sub(*self.last.get(thread)?));
        let nanos: u64 = now.iter().filter_map(since).sum();
        let elapsed = self.looked.elapsed().as_nanos();
        (self.last, self.looked) = (now, Instant::now());
        nanos as f64 / elapsed.max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;
    use std::time::Duration;

    use super::*;
    use crate::scanner::be_nice;

    /// What is measured while some threads never rest.
    fn with(busy: usize, niceness: i32) -> f64 {
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            for _ in 0..busy {
                scope.spawn(|| {
                    be_nice(niceness);
                    while !over.load(Ordering::Relaxed) {
                        std::hint::spin_loop();
                    }
                });
            }
            thread::park_timeout(Duration::from_millis(50));
            let mut meter = Meter::new();
            thread::park_timeout(Duration::from_millis(200));
            let cores = meter.cores();
            over.store(true, Ordering::Relaxed);
            cores
        })
    }

    #[test]
    fn threads_that_wait_want_a_core_and_those_that_give_way_do_not_count() {
        // More than there are cores here, so that most of them wait.
        let busy = 8 * thread::available_parallelism().unwrap().get();
        let [wanted, nice] = [with(busy, 0), with(busy, 19)];
        assert!(wanted > 0.8 * busy as f64, "{wanted} of {busy}");
        assert!(nice < 0.5 * busy as f64, "{nice} of {busy}");
    }
}
