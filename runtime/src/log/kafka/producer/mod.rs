//! One transactional producer of librdkafka.
//!
//! It lives as long as nothing goes wrong. librdkafka repeats the request that ends a transaction in silence when the
//! connection was cut, and speaks a protocol in which a late copy of that request can end a *later* transaction of the
//! same producer. So a producer that may have repeated it is not used again: its successor has a new epoch, and what
//! the old one still has on its way is refused by the brokers.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::producer::{BaseRecord, Producer as _};
use tillstream_kafka_queue::send_now;

use super::aside::aside;
use super::cluster::Cluster;
use super::context::Context;
use super::deliveries::{Deliveries, Disturbances, NotDelivered};
use super::events::Events;
use super::served::{ServedProducer, no_thread};
use super::{convert, failure, settings};
use crate::log::{Append, LogError};

/// A request is not repeated before this has passed, also where librdkafka shortens its back-off: what took less has been sent once.
const CERTAINLY_ONCE: Duration = Duration::from_millis(settings::RETRY_BACKOFF_MS * 3 / 4);
/// Longest wait of a first client for its place as the writer.
const FIRST_ASKED: Duration = Duration::from_millis(150);
/// How much later than its deadline a call may answer.
const ANSWERING: Duration = Duration::from_millis(500);
/// Longest wait for librdkafka to count the last of the records that have arrived.
const COUNTING: Duration = Duration::from_millis(5);
/// Rest before a call is repeated.
const BEFORE_REPEATING: Duration = Duration::from_millis(10);
/// Longest wait for a count of disturbances.
const COUNT_PATIENCE: Duration = Duration::from_millis(4 * settings::STATISTICS_MS);

/// A producer between its first transaction and the first trouble.
pub(super) struct Producer {
    client: Arc<ServedProducer>,
    deliveries: Arc<Deliveries>,
    /// How long a record waits for others.
    linger: Duration,
    /// A commit that took long enough to have been repeated: disturbances before and after.
    doubt: Option<(Disturbances, Disturbances)>,
    /// Connections known to have been cut at the last commit.
    cuts: Option<u64>,
    /// Whether a call has not come to its end: others would wait for it.
    is_stuck: bool,
}

impl Producer {
    /// Connects and fences all older producers of the same id.
    ///
    /// Where one has left a transaction open, the brokers end it and want to be asked again. librdkafka does so after half a
    /// second; a second client asks sooner.
    pub(super) fn connect(cluster: &Cluster, transactional_id: &str) -> Result<Self, LogError> {
        let (producer, words) = Self::reach(cluster, transactional_id)?;
        match producer.client.init_transactions(FIRST_ASKED) {
            Err(error) if failure::code(&error).is_some_and(failure::is_silence) => {}
            asked => return producer.taking(asked, cluster, transactional_id, &words),
        }
        drop(producer);
        let (producer, words) = Self::reach(cluster, transactional_id)?;
        let asked = producer.client.init_transactions(cluster.options.request_timeout);
        producer.taking(asked, cluster, transactional_id, &words)
    }

    /// A client with a connection, and what it complains about.
    fn reach(cluster: &Cluster, transactional_id: &str) -> Result<(Self, Context), LogError> {
        let deliveries = Arc::<Deliveries>::default();
        let words = Context::default();
        let events = Events { deliveries: Arc::clone(&deliveries), words: words.clone() };
        let config = settings::producer(&cluster.options, transactional_id);
        let client = ServedProducer::new(&config, events).map_err(|error| failure::bad_setting(&error))?;
        // Without a connection it would look for the coordinator twice a second only.
        cluster.connect_now(client.client()).map_err(|error| not_started(cluster, transactional_id, &error, &words))?;
        let (client, linger) = (Arc::new(client), cluster.options.linger);
        Ok((Self { client, deliveries, linger, doubt: None, cuts: None, is_stuck: false }, words))
    }

    /// The producer, once the brokers have answered that it is the only one of its id.
    fn taking(
        self,
        asked: Result<(), KafkaError>,
        cluster: &Cluster,
        transactional_id: &str,
        words: &Context,
    ) -> Result<Self, LogError> {
        match asked {
            Ok(()) => Ok(self),
            Err(error) if failure::code(&error).is_some_and(failure::is_fenced) => {
                Err(LogError::Fenced { transactional_id: transactional_id.to_owned() })
            }
            Err(error) => Err(not_started(cluster, transactional_id, &error, words)),
        }
    }

    /// Has the client learn of a topic before it is written.
    pub(super) fn learn(&self, cluster: &Cluster, topic: &str) -> Result<(), LogError> {
        cluster.introduce(self.client.client(), topic)
    }

    /// Whether the last commit may have been sent twice, or a broker that went down since may have forgotten it. Waits for
    /// librdkafka's count if the former is not known yet.
    pub(super) fn is_doubtful(&self) -> bool {
        let deadline = Instant::now() + COUNT_PATIENCE;
        let was_cut_off = self.cuts.is_some_and(|known| self.deliveries.disturbances().cuts != known);
        was_cut_off || self.doubt.is_some_and(|(before, after)| self.deliveries.was_disturbed(before, after, deadline))
    }

    /// Begins a transaction.
    pub(super) fn begin(&mut self) -> Result<(), KafkaError> {
        if let Some((code, _)) = self.client.client().fatal_error() {
            // librdkafka would hang.
            return Err(KafkaError::Global(code));
        }
        self.doubt = None;
        self.deliveries.take();
        self.client.begin_transaction()
    }

    /// Hands a record over, waiting for room for at most `patience`. `place` comes back with its offset.
    pub(super) fn send(&self, record: &Append<'_>, place: usize, patience: Duration) -> Result<(), NotDelivered> {
        let mut waiting = base_record(record, place);
        // There nearly always is room: the clock is asked when there is none.
        let mut deadline = None;
        let mut emptied = false;
        loop {
            self.deliveries.sent();
            let Err((error, back)) = self.client.send(waiting) else { return Ok(()) };
            self.deliveries.not_sent();
            match failure::code(&error) {
                Some(Code::QueueFull) if !emptied => {
                    emptied = self.await_room(*deadline.get_or_insert_with(|| Instant::now() + patience))?;
                }
                // A record that an empty queue has no room for among them.
                code => return Err(NotDelivered::Refused(code.unwrap_or(Code::Unknown))),
            }
            waiting = back;
        }
    }

    /// Waits until a queue that was full may have room: `true` when it is empty.
    fn await_room(&self, deadline: Instant) -> Result<bool, NotDelivered> {
        if self.deliveries.await_room(deadline)? {
            return Ok(false);
        }
        // All that was in it arrived, and librdkafka counts it as gone a moment later.
        if self.client.in_flight_count() == 0 {
            return Ok(true);
        }
        if Instant::now() >= deadline {
            return Err(NotDelivered::Late);
        }
        std::thread::park_timeout(COUNTING / 100);
        Ok(false)
    }

    /// Adds the offsets of a group to the transaction; its records are sent meanwhile.
    ///
    /// librdkafka (2.12) gives the call no time-out while it looks for the group's coordinator: it goes on when a connection
    /// changes, if one does (`rd_kafka_coord_req_fsm` never looks at `creq_ts_timeout`).
    pub(super) fn send_offsets(
        &mut self,
        offsets: TopicPartitionList,
        member: ConsumerGroupMetadata,
        deadline: Instant,
    ) -> Result<(), KafkaError> {
        let client = Arc::clone(&self.client);
        let call = move || until(deadline, |left| client.send_offsets_to_transaction(&offsets, &member, left));
        let answer = aside("offsets", call).map_err(|error| no_thread(&error))?;
        self.send_now();
        let patience = deadline.saturating_duration_since(Instant::now()) + ANSWERING;
        answer.recv_timeout(patience).unwrap_or_else(|_| {
            self.is_stuck = true;
            Err(KafkaError::Global(Code::OperationTimedOut))
        })
    }

    /// Sends all records and waits until the brokers have them.
    pub(super) fn settle(&self, deadline: Instant) -> Result<(), NotDelivered> {
        self.send_now();
        self.deliveries.settle(deadline)?;
        // The last report is heard before librdkafka has counted it; found wanting, the commit would sit out 100 ms.
        let counting = Instant::now();
        while self.client.in_flight_count() > 0 && counting.elapsed() < COUNTING {
            std::thread::park_timeout(COUNTING / 100);
        }
        Ok(())
    }

    /// No more records come: nothing is to wait for them. What takes longer than they would have waited is not waited for.
    fn send_now(&self) {
        send_now(self.client.client(), self.linger);
    }

    /// Ends the transaction; answers the offset behind its last record for each place.
    pub(super) fn commit(&mut self, deadline: Instant) -> Result<Vec<(usize, i64)>, KafkaError> {
        let before = self.deliveries.disturbances();
        let started = Instant::now();
        until(deadline, |left| self.client.commit_transaction(left))?;
        let after = self.deliveries.disturbances();
        self.cuts = Some(after.cuts);
        if started.elapsed() > CERTAINLY_ONCE {
            self.doubt = Some((before, after));
        }
        Ok(self.deliveries.take())
    }

    /// Aborts the transaction; an error leaves that to the brokers, or to the next producer of the same id.
    pub(super) fn abort(&self, patience: Duration) -> Result<(), KafkaError> {
        if self.is_stuck {
            return Err(KafkaError::Global(Code::OperationTimedOut));
        }
        until(Instant::now() + patience, |left| self.client.abort_transaction(left))
    }

    /// What has broken the producer for good, if anything has.
    pub(super) fn fatal_error(&self) -> Option<(Code, String)> {
        self.client.client().fatal_error()
    }
}

/// Why a writer does not come about, as the client itself says where nobody answers.
fn not_started(cluster: &Cluster, transactional_id: &str, error: &KafkaError, words: &Context) -> LogError {
    match (cluster.failed(&format!("start writer {transactional_id}"), error), words.take_complaint()) {
        (LogError::Unreachable { servers, .. }, Some(detail)) => LogError::Unreachable { servers, detail },
        (error, _) => error,
    }
}

/// Repeats a call while librdkafka says that it may be, until `deadline`.
///
/// A call that ran out of time is not repeated, though librdkafka allows it. Resumed without time, a commit forgets that it is
/// one, and when it is answered all the same, librdkafka ends the process (`rd_kafka_txn_set_state`).
fn until(deadline: Instant, mut call: impl FnMut(Duration) -> Result<(), KafkaError>) -> Result<(), KafkaError> {
    loop {
        match call(deadline.saturating_duration_since(Instant::now())) {
            Err(KafkaError::Transaction(error))
                if error.is_retriable() && error.code() != Code::OperationTimedOut && Instant::now() < deadline =>
            {
                // Some refusals cost no time, as that while another call is under way.
                std::thread::park_timeout(BEFORE_REPEATING);
            }
            other => return other,
        }
    }
}

fn base_record<'a>(record: &Append<'a>, place: usize) -> BaseRecord<'a, [u8], [u8], usize> {
    BaseRecord {
        topic: record.topic,
        partition: Some(i32::try_from(record.partition).unwrap_or(i32::MAX)),
        payload: record.value,
        key: record.key,
        // librdkafka takes 0 for "now".
        timestamp: Some(if record.timestamp == 0 { 1 } else { record.timestamp }),
        headers: convert::owned_headers(record.headers),
        delivery_opaque: place,
    }
}
