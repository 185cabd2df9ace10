//! The events as a whole: the published samples, round trips, and everything that is refused.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod poison;
mod round_trip;
mod samples;
