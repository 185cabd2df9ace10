//! Naming brokers to a client that is at work.

use std::ffi::CString;

use rdkafka::ClientContext;
use rdkafka::bindings::rd_kafka_brokers_add;
use rdkafka::client::Client;

/// Tells a client of brokers, a list as in `bootstrap.servers`. The binding tells it of some when it is made, and never again.
///
/// librdkafka keeps each list that it is given for as long as the client lives: not for every day.
///
/// ```no_run
/// use rdkafka::ClientConfig;
/// use rdkafka::consumer::{BaseConsumer, Consumer};
/// use tillstream_kafka_queue::add_brokers;
///
/// let consumer: BaseConsumer = ClientConfig::new().set("bootstrap.servers", "one:9092").create()?;
/// add_brokers(consumer.client(), "one:9092,two:9092");
/// # Ok::<_, rdkafka::error::KafkaError>(())
/// ```
pub fn add_brokers<C: ClientContext>(client: &Client<C>, servers: &str) {
    let Ok(servers) = CString::new(servers) else { return };
    // SAFETY: the client is borrowed, the list is a C string that librdkafka copies.
    unsafe { rd_kafka_brokers_add(client.native_ptr(), servers.as_ptr()) };
}
