//! Which faults strike, in which order: drawn from a seed.

use std::time::{Duration, Instant};

use super::events::Random;

/// One thing that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// SIGKILL, and a new process after `away`.
    Kill { victim: usize, away: Duration },
    /// SIGSTOP for at least `frozen`, until the other instance has taken tasks over; then SIGCONT.
    Freeze { victim: usize, frozen: Duration },
    /// An orderly stop, and a new process after `away`.
    Stop { victim: usize, away: Duration },
    /// A broker stops in good order and starts again.
    RestartBroker { node: usize },
    /// A broker is killed and starts again.
    KillBroker { node: usize },
    /// A broker says nothing for longer than a commit is tried: a commit under way is in doubt.
    FreezeBroker { node: usize },
}

/// The faults of one run.
pub(crate) struct Plan {
    pub(crate) seed: u64,
    /// Brokers of the cluster.
    pub(crate) brokers: usize,
    random: Random,
    /// Faults that strike first, each once.
    first: Vec<Fault>,
    /// Faults are drawn until then.
    until: Option<Instant>,
    frozen: Duration,
}

const AT_ONCE: Duration = Duration::ZERO;
/// Longer than a session.
const LONG: Duration = Duration::from_secs(8);
/// Longer than a commit is tried, shorter than a session.
pub(crate) const SILENCE: Duration = Duration::from_secs(5);

impl Plan {
    /// One of each kind; with `TILLSTREAM_SOAK=1` ten minutes of them. `TILLSTREAM_SEED` draws others. The brokers are three: where a
    /// partition has no leader for a moment, as in a restart of the only broker, the brokers may end a transaction in parts.
    pub(crate) fn from_environment() -> Self {
        let seed = std::env::var("TILLSTREAM_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
        let soak = std::env::var_os("TILLSTREAM_SOAK").is_some();
        let frozen = if soak { Duration::from_secs(60) } else { LONG };
        let mut random = Random::new(seed);
        let victim = random.below(2) as usize;
        let mut first = vec![
            Fault::Kill { victim, away: AT_ONCE },
            Fault::Freeze { victim: 1 - victim, frozen },
            Fault::Stop { victim, away: AT_ONCE },
            Fault::RestartBroker { node: 0 },
            Fault::FreezeBroker { node: 0 },
            Fault::Kill { victim: 1 - victim, away: LONG },
        ];
        random.shuffle(&mut first);
        let until = soak.then(|| Instant::now() + Duration::from_secs(600));
        Self { seed, brokers: 3, random, first, until, frozen }
    }

    /// The only broker restarts, again and again.
    pub(crate) fn restarts(times: usize) -> Self {
        let first = vec![Fault::RestartBroker { node: 0 }; times];
        Self { seed: 1, brokers: 1, random: Random::new(1), first, until: None, frozen: LONG }
    }

    fn draw(&mut self) -> Fault {
        let (victim, node) = (self.random.below(2) as usize, self.random.below(self.brokers as u64) as usize);
        let away = if self.random.below(3) == 0 { LONG } else { Duration::from_millis(self.random.below(2_000)) };
        match self.random.below(11) {
            0..4 => Fault::Kill { victim, away },
            4..6 => Fault::Freeze { victim, frozen: self.frozen },
            6..8 => Fault::Stop { victim, away },
            8 => Fault::RestartBroker { node },
            9 => Fault::KillBroker { node },
            _ => Fault::FreezeBroker { node },
        }
    }
}

impl Iterator for Plan {
    type Item = Fault;

    fn next(&mut self) -> Option<Fault> {
        if let Some(fault) = self.first.pop() {
            return Some(fault);
        }
        self.until.filter(|until| Instant::now() < *until).map(|_| self.draw())
    }
}
