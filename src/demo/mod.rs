//! The demo: a year of real sales, replayed.

mod recommended;
mod replayer;
mod segments;
mod source;
mod summary;

pub(crate) use self::replayer::{Replayer, Speed};
pub(crate) use self::source::find as find_source;
pub(crate) use self::summary::Summary;
