//! Leaves queries that take long what processing leaves of the machine.
//!
//! A low priority is not enough: threads of processing that block a thousand times a second leave a gap each time, and the kernel
//! fills it with a whole slice of whoever else wants to run. So the processes of such queries are stopped for a part of each
//! turn, the larger the more of the machine the service's own threads want.

use std::num::NonZero;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::sync::Notify;
use tokio::time::sleep;

use super::meter::Meter;
use crate::limits::Limits;

/// Processes run in one part of it, and stand still in the other.
const TURN: Duration = Duration::from_millis(50);

/// Part of what one turn tells that goes into what is believed: commits and flushes make single turns differ.
const NEWS: f64 = 0.25;

/// Holds processes back.
#[derive(Debug)]
pub(super) struct Governor {
    /// The smallest part of a turn.
    least: f64,
    cores: f64,
    /// std's lock: held while a handful of signals are sent.
    held: Mutex<Vec<Pid>>,
    comes: Notify,
}

/// A process that is held back for as long as this is kept. Drop it before the process is waited for: its number may be another's
/// afterwards.
#[derive(Debug)]
pub(super) struct Held {
    governor: Arc<Governor>,
    process: Pid,
}

impl Governor {
    pub(super) fn new(limits: &Limits) -> Self {
        let cores = available_parallelism().map_or(1, NonZero::get) as f64;
        Self { least: limits.slow_least, cores, held: Mutex::default(), comes: Notify::new() }
    }

    /// Holds a process back from now on.
    pub(super) fn hold(self: &Arc<Self>, process: Pid) -> Held {
        self.held().push(process);
        self.comes.notify_one();
        Held { governor: Arc::clone(self), process }
    }

    /// Works until the runtime ends.
    pub(super) async fn govern(self: Arc<Self>) {
        loop {
            self.comes.notified().await;
            // The first turn knows nothing yet, and lets them run.
            let (mut meter, mut wanted) = (Meter::new(), 0.0);
            while !self.held().is_empty() {
                let run = TURN.mul_f64(self.part(wanted));
                sleep(run).await;
                if run < TURN {
                    self.signal(Signal::Stop);
                    sleep(TURN.saturating_sub(run)).await;
                    self.signal(Signal::Cont);
                }
                wanted += NEWS * (meter.cores() - wanted);
            }
        }
    }

    /// The part of a turn in which they run, when the service wants this many cores.
    fn part(&self, wanted: f64) -> f64 {
        (1.0 - wanted / self.cores).clamp(self.least, 1.0)
    }

    fn held(&self) -> MutexGuard<'_, Vec<Pid>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn signal(&self, signal: Signal) {
        // None of them has been waited for while the lock is held. One that ended by itself hears nothing of it.
        for process in self.held().iter() {
            let _ = kill_process(*process, signal);
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.governor.held().retain(|process| *process != self.process);
        // It may stand still.
        let _ = kill_process(self.process, Signal::Cont);
    }
}

#[cfg(test)]
mod tests {
    use std::iter;
    use std::process::{Child, Command, Stdio};
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;
    use std::time::Instant;

    use super::*;

    /// On a machine that others keep busy, too, the governor is late for its turns now and then.
    const PATIENCE: Duration = Duration::from_secs(60);

    fn governor() -> Arc<Governor> {
        Arc::new(Governor::new(&Limits { slow_least: 0.1, ..Limits::default() }))
    }

    /// A process that never rests.
    fn spinner() -> Child {
        Command::new("sh").args(["-c", "while :; do :; done"]).stdin(Stdio::null()).spawn().unwrap()
    }

    fn stands_still(process: Pid) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", process.as_raw_nonzero())).unwrap();
        stat.rsplit(") ").next().unwrap().starts_with('T')
    }

    /// The part of some time in which it stands still.
    fn still(process: Pid) -> f64 {
        let looks = 200;
        let stopped = (0..looks).filter(|_| {
            thread::park_timeout(Duration::from_millis(3));
            stands_still(process)
        });
        stopped.count() as f64 / f64::from(looks)
    }

    #[test]
    fn queries_get_what_processing_leaves_and_a_little_more() {
        let governor = Governor { cores: 4.0, ..Arc::into_inner(governor()).unwrap() };
        let parts = [0.0, 1.0, 3.0, 4.0, 9.0].map(|wanted| governor.part(wanted));
        assert_eq!(parts, [1.0, 0.75, 0.25, 0.1, 0.1]);
    }

    #[test]
    fn a_process_stands_still_while_others_want_all_cores_and_goes_on_when_it_is_let_go() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
        let (governor, mut child, over) = (governor(), spinner(), AtomicBool::new(false));
        runtime.spawn(Arc::clone(&governor).govern());
        let process = Pid::from_child(&child);
        let held = governor.hold(process);
        let busy = thread::scope(|scope| {
            for _ in 0..2 * available_parallelism().unwrap().get() {
                scope.spawn(|| {
                    while !over.load(Ordering::Relaxed) {
                        std::hint::spin_loop();
                    }
                });
            }
            let begin = Instant::now();
            let busy = iter::repeat_with(|| still(process)).find(|part| *part > 0.5 || begin.elapsed() > PATIENCE);
            over.store(true, Ordering::Relaxed);
            busy.unwrap()
        });
        drop(held);
        let free = still(process);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(busy > 0.5, "it stood still for {busy}");
        assert!(free < 0.01, "it stood still for {free}, let go");
    }
}
