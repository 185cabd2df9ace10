//! The events as a whole: the published samples, round trips, and everything that is refused.

mod poison;
mod round_trip;
mod samples;
