//! The threads of a query process, as the system shows them.

use std::fs::DirEntry;
use std::time::Duration;

use rustix::process::{Pid, setpriority_process};

/// Priority of queries that take long, as `nice` counts it.
const LOWEST: i32 = 19;

/// The threads of the process of this number; none when it has ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Threads(pub(super) Option<u32>);

impl Threads {
    /// What ends meanwhile is passed over.
    fn all(self) -> impl Iterator<Item = DirEntry> {
        let threads = self.0.and_then(|id| std::fs::read_dir(format!("/proc/{id}/task")).ok());
        threads.into_iter().flatten().flatten()
    }

    /// Gives the process the lowest priority there is: queries that take long take what others leave.
    pub(super) fn stand_back(self) {
        for thread in self.all() {
            // On Linux each thread has a priority of its own.
            let thread = thread.file_name().to_str().and_then(|name| name.parse().ok()).and_then(Pid::from_raw);
            let _ = thread.map(|thread| setpriority_process(Some(thread), LOWEST));
        }
    }

    /// How long its threads have run; zero where the system does not tell.
    pub(super) fn cpu_time(self) -> Duration {
        let ran = |thread: DirEntry| -> Option<u64> {
            let text = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
            text.split_whitespace().next()?.parse().ok()
        };
        Duration::from_nanos(self.all().filter_map(ran).sum())
    }
}
