//! What becomes of a query, and with it of its process.

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::time::Duration;

use super::effort::Effort;
use crate::error::{ErrorKind, SqlError};

/// What became of a query, and with it of its process.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It is answered; the process takes the next.
    Answered,
    /// It is answered, but took long: the process has a priority it cannot raise again, and must go.
    AnsweredLate,
    /// It takes longer than a young one may, nothing of it has gone out, and there is no place for it now.
    TooSlow,
    /// Whoever asked has left in the middle of it; the process must go.
    Left,
    /// It was ended for this reason; the process must go.
    Ended(SqlError),
}

impl Outcome {
    /// Whether a query that took so much should not be among the young again. One that took its time because the machine is busy
    /// is as light as before.
    pub(super) fn is_heavy(&self, effort: &Effort, quick_time: Duration) -> bool {
        match self {
            Outcome::Ended(_) => true,
            Outcome::TooSlow => !effort.hardly_ran(quick_time),
            Outcome::Answered | Outcome::AnsweredLate | Outcome::Left => !effort.is_light(quick_time),
        }
    }
}

/// What a query is told whose process ended by itself.
pub(super) fn reason(status: Option<ExitStatus>) -> SqlError {
    let how = match status.map(|status| (status.signal(), status.code())) {
        Some((Some(signal), _)) => format!("signal {signal}"),
        Some((_, Some(code))) => format!("exit code {code}"),
        _ => "for no known reason".to_owned(),
    };
    let message =
        format!("the query ended its process ({how}): it needs more memory than it may have, or goes too deep");
    SqlError::new(ErrorKind::Memory, message).with_hint("ask for less at a time, or raise sql.process_memory")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_heavy_by_what_it_took_not_by_how_busy_the_machine_was() {
        let heavy = |outcome: Outcome, ran| {
            let effort = Effort { age: Duration::MAX, ran: Duration::from_millis(ran), waited: Duration::ZERO };
            outcome.is_heavy(&effort, Duration::from_millis(240))
        };
        let ended = Outcome::Ended(SqlError::new(ErrorKind::Memory, "too much"));
        assert!(heavy(ended, 1), "it cost a process");
        assert!(heavy(Outcome::AnsweredLate, 121) && heavy(Outcome::Left, 121));
        assert!(!heavy(Outcome::Answered, 119) && !heavy(Outcome::AnsweredLate, 119));
        assert!(heavy(Outcome::TooSlow, 30) && !heavy(Outcome::TooSlow, 29));
    }
}
