//! What people see at the terminal.

mod bars;
mod progress;
mod table;

pub(crate) use self::bars::Bars;
pub(crate) use self::progress::{GridBar, ReplayBar};
pub(crate) use self::table::{Align, Table};
