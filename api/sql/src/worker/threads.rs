//! The threads of a process, as the system shows them.

use std::time::Duration;

use rustix::process::{Pid, getpriority_process, setpriority_process};

/// Priority of queries that take long, as `nice` counts it.
const LOWEST: i32 = 19;

/// The threads of the process of this number; none when it has ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Threads(pub(super) Option<u32>);

impl Threads {
    /// Those of the service.
    pub(super) fn of_service() -> Self {
        Self(Some(std::process::id()))
    }

    /// What ends meanwhile is passed over.
    fn all(self) -> impl Iterator<Item = Pid> {
        let threads = self.0.and_then(|id| std::fs::read_dir(format!("/proc/{id}/task")).ok());
        let threads = threads.into_iter().flatten().flatten();
        threads.filter_map(|thread| thread.file_name().to_str()?.parse().ok().and_then(Pid::from_raw))
    }

    /// Gives the process the lowest priority there is: queries that take long take what others leave.
    pub(super) fn stand_back(self) {
        for thread in self.all() {
            // On Linux each thread has a priority of its own.
            let _ = setpriority_process(Some(thread), LOWEST);
        }
    }

    /// How long its threads have run and waited for a core, in all; zero where the system does not tell.
    pub(super) fn times(self) -> [Duration; 2] {
        let times = self.all().filter_map(|thread| self.times_of(thread));
        let [ran, waited] = times.fold([0; 2], |[ran, waited], [more, longer]| [ran + more, waited + longer]);
        [Duration::from_nanos(ran), Duration::from_nanos(waited)]
    }

    /// How long those that have no less priority than the calling thread have run or waited for a core, ns, by their numbers.
    pub(super) fn wanted(self) -> impl Iterator<Item = (i32, u64)> {
        let usual = getpriority_process(None).unwrap_or(0);
        let theirs =
            self.all().filter(move |thread| getpriority_process(Some(*thread)).is_ok_and(|nice| nice <= usual));
        theirs.filter_map(move |thread| {
            let [ran, waited] = self.times_of(thread)?;
            Some((thread.as_raw_nonzero().get(), ran + waited))
        })
    }

    /// How long a thread ran and waited for a core, ns.
    fn times_of(self, thread: Pid) -> Option<[u64; 2]> {
        let path = format!("/proc/{}/task/{}/schedstat", self.0?, thread.as_raw_nonzero());
        let text = std::fs::read_to_string(path).ok()?;
        let mut times = text.split_whitespace().map(str::parse);
        Some([times.next()?.ok()?, times.next()?.ok()?])
    }
}
