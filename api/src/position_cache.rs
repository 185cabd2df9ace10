//! The position and event time that answers are stamped with.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::HeaderValue;
use tillstream_processors::{Answers, AsOf};
use tillstream_stores::Position;

/// How old a stamp may be. It is a lower bound: what is read after it holds at least what it says.
const MAX_AGE: Duration = Duration::from_millis(10);

/// What an answer corresponds to.
#[derive(Clone, Debug)]
pub(crate) struct Stamp {
    /// The `Tillstream-Position` header.
    pub(crate) position: HeaderValue,
    /// Event time, epoch ms; -1 before the first event.
    pub(crate) stream_time: i64,
}

impl Stamp {
    /// The stamp of an answer as of `as_of`. Topics of the application itself, whose names begin with `internal`, are left out:
    /// nobody outside has offsets of theirs to compare.
    pub(crate) fn of(as_of: &AsOf, internal: &str) -> Self {
        let mut sources = Position::new();
        for (topic, partition, offset) in as_of.position.iter().filter(|(topic, _, _)| !topic.starts_with(internal)) {
            sources.set(topic, partition, offset);
        }
        // Topic names are ASCII letters, digits and few signs: always a header value.
        let position = HeaderValue::from_str(&sources.to_string()).unwrap_or(HeaderValue::from_static(""));
        Self { position, stream_time: as_of.stream_time }
    }
}

/// Keeps the stamp for some milliseconds: putting the positions of all tasks together costs more than a point read.
///
/// std's lock, not tokio's: nothing awaits while it is held.
#[derive(Debug, Default)]
pub(crate) struct PositionCache {
    last: Mutex<Option<(Instant, Stamp)>>,
}

impl PositionCache {
    /// The stamp of now.
    pub(crate) fn stamp(&self, answers: &Answers, internal: &str) -> Stamp {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((at, stamp)) if at.elapsed() < MAX_AGE => stamp.clone(),
            _ => {
                let stamp = Stamp::of(&answers.now(), internal);
                *last = Some((Instant::now(), stamp.clone()));
                stamp
            }
        }
    }
}
