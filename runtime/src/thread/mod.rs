//! A stream thread: the only place that knows both tasks and the log.

mod commit;
mod markers;
mod resolve;
mod stream_thread;

pub(crate) use stream_thread::{StreamThread, ThreadContext};
