//! Under which id a consumer is a member of its group.

use std::ffi::CStr;

use rdkafka::bindings::{rd_kafka_mem_free, rd_kafka_memberid};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};

/// The id that the brokers gave a consumer, which the binding does not tell. It changes when the group has gone on without the
/// member; empty before it has joined, and while it joins anew.
///
/// ```no_run
/// use rdkafka::ClientConfig;
/// use rdkafka::consumer::BaseConsumer;
/// use tillstream_kafka_queue::member_id;
///
/// let mut config = ClientConfig::new();
/// config.set("bootstrap.servers", "localhost:9092").set("group.id", "example");
/// let consumer: BaseConsumer = config.create()?;
/// assert_eq!(member_id(&consumer), "");
/// # Ok::<_, rdkafka::error::KafkaError>(())
/// ```
#[must_use]
pub fn member_id<C: ConsumerContext>(consumer: &BaseConsumer<C>) -> String {
    let client = consumer.client().native_ptr();
    // SAFETY: the client lives as long as the consumer that is borrowed.
    let id = unsafe { rd_kafka_memberid(client) };
    if id.is_null() {
        return String::new();
    }
    // SAFETY: librdkafka hands out a C string of its own allocation, which nobody else has.
    let text = unsafe { CStr::from_ptr(id) }.to_string_lossy().into_owned();
    // SAFETY: as above; it is not used afterwards.
    unsafe { rd_kafka_mem_free(client, id.cast()) };
    text
}
