//! What librdkafka can do and its binding does not offer: emptying the queue of a partition many records at a time, above all.
//!
//! rdkafka, the binding, takes records out one by one: each as an event of its own, with allocations, a lock and several
//! looks at the clock, which costs about as much as parsing a small record. librdkafka can hand out many at once, which
//! the binding does not offer. This is the only crate with `unsafe` code in it; what it hands out is borrowed for one call.

mod member;
mod record;
mod record_queue;

pub use member::member_id;
pub use record::Record;
pub use record_queue::{AT_ONCE, RecordQueue, Taken};
