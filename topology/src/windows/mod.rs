//! Windows over event time.

mod join;
mod session;
mod time;

pub use join::JoinWindows;
pub use session::SessionWindows;
pub(crate) use session::merged;
pub use time::TimeWindows;
