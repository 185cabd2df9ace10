//! Dead letters: what was refused, why, and putting it back after a fix.

mod letter;
mod listing;
mod replay;

pub(crate) use letter::DeadLetter;
pub(crate) use listing::{__path_list, __path_show, ListParams, find, list, page, show};
pub(crate) use replay::{__path_replay, put_back, replay};
