//! A topology at work: the operators of one task, wired and ready to be stepped. Knows no log and no thread.

mod inputs;
mod sender;
mod task_graph;

pub use inputs::Input;
pub use sender::{SENDER_HEADER, SenderMark};
pub use task_graph::{Prepared, Scope, TaskGraph};
