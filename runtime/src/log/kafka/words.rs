//! librdkafka's own log lines. A client says the same hundreds of times while a broker is away or still starting.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::config::RDKafkaLogLevel as Level;

/// A line is not said again for so long.
const REST: Duration = Duration::from_secs(10);

/// Most kinds of lines that are remembered: those of some hundred brokers.
const KINDS: usize = 1_000;

/// What the clients of this process said of late.
static SAID: Mutex<Said> = Mutex::new(Said(BTreeMap::new()));

/// Hands a line on. Nothing of it is an error of ours, so the worst of it is a warning; what is said again within ten
/// seconds, about the same broker, is for who debugs.
pub(super) fn log(level: Level, facility: &str, message: &str) {
    let kind = format!("{facility} {}", message.split_once("]: ").map_or("", |(thread, _)| thread));
    let heard = match level {
        Level::Debug => None,
        _ => SAID.lock().unwrap_or_else(PoisonError::into_inner).hear(kind, Instant::now()),
    };
    let Some(repeated) = heard else {
        tracing::debug!(target: "librdkafka", facility, "{message}");
        return;
    };
    let repeated = (repeated > 0).then_some(repeated);
    match level {
        Level::Notice | Level::Info => tracing::info!(target: "librdkafka", facility, repeated, "{message}"),
        _ => tracing::warn!(target: "librdkafka", facility, repeated, "{message}"),
    }
}

/// When a kind of line was handed on last, and how many like it were not since.
#[derive(Debug)]
struct Said(BTreeMap<String, (Instant, u64)>);

impl Said {
    /// How many like it were kept back; nothing if this one is, too.
    fn hear(&mut self, kind: String, now: Instant) -> Option<u64> {
        if self.0.len() >= KINDS {
            self.0.clear();
        }
        let Some((said, kept_back)) = self.0.get_mut(&kind) else {
            self.0.insert(kind, (now, 0));
            return Some(0);
        };
        if now.duration_since(*said) < REST {
            *kept_back += 1;
            return None;
        }
        *said = now;
        Some(std::mem::take(kept_back))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_said_once_in_ten_seconds_and_then_with_how_often_it_came() {
        let mut said = Said(BTreeMap::new());
        let begin = Instant::now();
        let at = |ms| begin + Duration::from_millis(ms);
        let heard = [0, 10, 9_999, 10_000, 10_001].map(|ms| said.hear("FAIL [thrd:broker-1".to_owned(), at(ms)));
        assert_eq!(heard, [Some(0), None, None, Some(2), None]);
        assert_eq!(said.hear("FAIL [thrd:broker-2".to_owned(), at(1)), Some(0), "another broker");
    }
}
