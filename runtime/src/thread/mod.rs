//! A stream thread: the only place that knows both tasks and the log.

mod commit;
mod lease_order;
mod leases;
mod markers;
mod namesakes;
mod resolve;
mod restoring;
mod stream_thread;
mod thread_context;

pub(crate) use lease_order::lease_order;
pub(crate) use namesakes::Namesakes;
pub(crate) use stream_thread::StreamThread;
pub(crate) use thread_context::{ThreadContext, ThreadStates};
