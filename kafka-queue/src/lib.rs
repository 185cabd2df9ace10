//! What librdkafka can do and rdkafka, its binding, does not offer. The only crate with `unsafe` code in it.
//!
//! - [`RecordQueue`] empties the queue of a partition many records at a time. The binding takes them out one by one: each as an
//!   event of its own, with allocations, a lock and several looks at the clock, which costs about as much as parsing a small
//!   record. What it hands out is borrowed for one call.
//! - [`member_id`] tells under which id a consumer is in its group.
//! - [`add_brokers`] tells a client of brokers while it is at work.
//! - [`send_now`] has a producer send what waits for more.

mod brokers;
mod member;
mod record;
mod record_queue;
mod send_now;

pub use brokers::add_brokers;
pub use member::member_id;
pub use record::Record;
pub use record_queue::{AT_ONCE, RecordQueue, Taken};
pub use send_now::send_now;
