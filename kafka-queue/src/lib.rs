//! The queue that librdkafka fills for one partition, emptied many records at a time.
//!
//! rdkafka, the binding, takes records out one by one: each as an event of its own, with allocations, a lock and several
//! looks at the clock, which costs about as much as parsing a small record. librdkafka can hand out many at once, which
//! the binding does not offer. This is the only crate with `unsafe` code in it; what it hands out is borrowed for one call.

mod record;
mod record_queue;

pub use record::Record;
pub use record_queue::{AT_ONCE, RecordQueue, Taken};
