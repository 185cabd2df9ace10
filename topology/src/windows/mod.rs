//! Windows over event time.

mod join;
mod time;

pub use join::JoinWindows;
pub use time::TimeWindows;
