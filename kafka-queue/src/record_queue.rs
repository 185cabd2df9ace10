//! The queue of one partition.

use std::ffi::{CString, c_void};
use std::fmt;
use std::ptr::{NonNull, null_mut};
use std::sync::Arc;

use rdkafka::bindings::{
    rd_kafka_consume_batch_queue, rd_kafka_message_destroy, rd_kafka_message_t, rd_kafka_queue_cb_event_enable,
    rd_kafka_queue_destroy, rd_kafka_queue_forward, rd_kafka_queue_get_partition, rd_kafka_queue_t,
    rd_kafka_resp_err_t, rd_kafka_t,
};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::types::RDKafkaErrorCode;

use crate::Record;

/// Entries taken out at once, at most: enough that the cost of the call does not show, few enough for the stack.
pub const AT_ONCE: usize = 128;

type Callback = Box<dyn Fn() + Send + Sync>;

/// The queue of one partition of a consumer. Records go there, and no longer to the consumer's own queue, from the moment it is
/// made; so make it before the partition is assigned. [`BaseConsumer::poll`] must still be called now and then, for the
/// client's own events.
///
/// Do not ask the consumer for the partition's position: librdkafka counts the announcement of an end as a record there
/// (`rd_kafka_q_serve_rkmessages`). [`Taken::End`] tells where the end is.
///
/// ```no_run
/// use std::sync::Arc;
/// use rdkafka::ClientConfig;
/// use rdkafka::consumer::BaseConsumer;
/// use tillstream_kafka_queue::{RecordQueue, Taken};
///
/// let mut config = ClientConfig::new();
/// config.set("bootstrap.servers", "localhost:9092").set("group.id", "example").set("enable.partition.eof", "true");
/// let consumer: Arc<BaseConsumer> = Arc::new(config.create()?);
/// let mut queue = RecordQueue::split(&consumer, "orders", 0, || println!("there is something")).expect("a topic");
/// // … assign the partition, and wait for the callback.
/// let count = queue.take(100, |taken| match taken {
///     Taken::Record(record) => println!("{:?} at {}", record.key(), record.offset()),
///     Taken::End(offset) => println!("the end, for now, at {offset}"),
///     Taken::Error(code) => eprintln!("{code}"),
/// });
/// # Ok::<(), rdkafka::error::KafkaError>(())
/// ```
pub struct RecordQueue<C: ConsumerContext + 'static> {
    queue: NonNull<rd_kafka_queue_t>,
    /// What librdkafka holds a pointer to: boxed twice, as a reference to a closure does not fit into one pointer.
    _nonempty: Box<Callback>,
    /// The queue lives in it.
    _consumer: Arc<BaseConsumer<C>>,
}

/// What lay in a queue.
#[derive(Debug)]
pub enum Taken<'a> {
    /// A record.
    Record(Record<'a>),
    /// There is no more for now (`enable.partition.eof`): whoever has taken what came before stands at this offset, behind the
    /// markers of transactions too, which are no records.
    End(i64),
    /// The partition is in trouble.
    Error(RDKafkaErrorCode),
}

// SAFETY: librdkafka's queues may be used from any thread; the callback and the consumer are `Send` and `Sync`.
unsafe impl<C: ConsumerContext + 'static> Send for RecordQueue<C> {}

impl<C: ConsumerContext + 'static> RecordQueue<C> {
    /// Splits off the queue of a partition. `nonempty` is called from librdkafka's threads whenever something has come to
    /// an empty queue. `None`: the topic's name has a zero byte in it, or the consumer has no group.
    pub fn split(
        consumer: &Arc<BaseConsumer<C>>,
        topic: &str,
        partition: i32,
        nonempty: impl Fn() + Send + Sync + 'static,
    ) -> Option<Self> {
        let topic = CString::new(topic).ok()?;
        let client = consumer.client().native_ptr();
        // SAFETY: the client lives as long as the consumer, and the name is copied. The queue is ours, to be destroyed once.
        let queue = NonNull::new(unsafe { rd_kafka_queue_get_partition(client, topic.as_ptr(), partition) })?;
        let nonempty: Box<Callback> = Box::new(Box::new(nonempty));
        let opaque = (&raw const *nonempty).cast_mut().cast();
        // SAFETY: the queue lives. It stops forwarding to the consumer's own.
        unsafe { rd_kafka_queue_forward(queue.as_ptr(), null_mut()) };
        // SAFETY: the queue lives, and the box behind `opaque` until the callback is taken away in `drop`.
        unsafe { rd_kafka_queue_cb_event_enable(queue.as_ptr(), Some(call), opaque) };
        Some(Self { queue, _nonempty: nonempty, _consumer: Arc::clone(consumer) })
    }

    /// Takes what lies there without waiting, `most` entries and [`AT_ONCE`] at most; `each` sees them in their order. Answers
    /// how many there were: fewer than were asked for leave the queue empty.
    pub fn take(&mut self, most: usize, mut each: impl FnMut(Taken<'_>)) -> usize {
        let mut messages = Messages { taken: [null_mut(); AT_ONCE], count: 0 };
        let most = most.min(AT_ONCE);
        // SAFETY: the queue lives, and there is room for as many messages as are asked for.
        let count = unsafe { rd_kafka_consume_batch_queue(self.queue.as_ptr(), 0, messages.taken.as_mut_ptr(), most) };
        messages.count = usize::try_from(count).unwrap_or(0);
        messages.iter().for_each(|message| each(Taken::of(message)));
        messages.count
    }
}

impl<'a> Taken<'a> {
    fn of(message: &'a rd_kafka_message_t) -> Self {
        match message.err {
            rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR => Self::Record(Record::new(message)),
            rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR__PARTITION_EOF => Self::End(message.offset),
            error => Self::Error(error.into()),
        }
    }
}

impl<C: ConsumerContext + 'static> Drop for RecordQueue<C> {
    fn drop(&mut self) {
        // SAFETY: the queue lives until the next line. librdkafka calls back under the lock it takes here: not afterwards.
        unsafe { rd_kafka_queue_cb_event_enable(self.queue.as_ptr(), None, null_mut()) };
        // SAFETY: it is ours, and nobody uses it after this.
        unsafe { rd_kafka_queue_destroy(self.queue.as_ptr()) };
    }
}

impl<C: ConsumerContext + 'static> fmt::Debug for RecordQueue<C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RecordQueue").finish_non_exhaustive()
    }
}

/// Messages that are ours until they are dropped.
struct Messages {
    taken: [*mut rd_kafka_message_t; AT_ONCE],
    count: usize,
}

impl Messages {
    fn iter(&self) -> impl Iterator<Item = &rd_kafka_message_t> {
        // SAFETY: the first `count` are messages that were handed to us, alive until `self` is dropped.
        self.taken.iter().take(self.count).filter_map(|message| unsafe { message.as_ref() })
    }
}

impl Drop for Messages {
    fn drop(&mut self) {
        // SAFETY: each of the first `count` messages is ours and is destroyed this once.
        self.taken.iter().take(self.count).for_each(|message| unsafe { rd_kafka_message_destroy(*message) });
    }
}

unsafe extern "C" fn call(_client: *mut rd_kafka_t, opaque: *mut c_void) {
    // SAFETY: `opaque` is the callback that the queue it was registered for keeps.
    let callback: &Callback = unsafe { &*opaque.cast::<Callback>() };
    callback();
}
