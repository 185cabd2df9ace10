//! Sending what waits for more.

use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::bindings::rd_kafka_flush;
use rdkafka::client::Client;

/// Has a producer send its records without waiting for more (`linger.ms`), until the brokers have all of them or `patience` is
/// over. The binding's `flush` sets librdkafka on it for an instant only, which the threads that send mostly miss.
///
/// Somebody else has to poll the producer meanwhile.
///
/// ```no_run
/// use std::time::Duration;
///
/// use rdkafka::ClientConfig;
/// use rdkafka::producer::{DefaultProducerContext, Producer, ThreadedProducer};
/// use tillstream_kafka_queue::send_now;
///
/// let producer: ThreadedProducer<DefaultProducerContext> =
///     ClientConfig::new().set("bootstrap.servers", "localhost:9092").create()?;
/// send_now(producer.client(), Duration::from_millis(5));
/// # Ok::<_, rdkafka::error::KafkaError>(())
/// ```
pub fn send_now<C: ClientContext>(client: &Client<C>, patience: Duration) {
    let ms = i32::try_from(patience.as_millis()).unwrap_or(i32::MAX);
    // SAFETY: the client is borrowed. The answer tells whether the brokers have all, which the caller's own count tells, too.
    unsafe { rd_kafka_flush(client.native_ptr(), ms) };
}
