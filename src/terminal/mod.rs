//! What people see at the terminal.

mod bars;
mod editor;
mod output;
mod progress;
mod table;
mod waterfall;

pub(crate) use self::bars::Bars;
pub(crate) use self::editor::{Line, LineEditor};
pub(crate) use self::output::{Output, print};
pub(crate) use self::progress::{GridBar, ReplayBar};
pub(crate) use self::table::{Align, Table};
pub(crate) use self::waterfall::Waterfall;
