//! `to`: results leave the topology into a topic.

use std::sync::Arc;

use tillstream_stores::SharedSerde;

use crate::KStream;
use crate::graph::{NodeKind, SinkTopic, TimeCell, TopicName, wire_fn};
use crate::options::Produced;
use crate::processor::{Context, Destination, Forward, ProcessError, Record};

impl<K: Clone + 'static, V: Clone + 'static> KStream<K, V> {
    /// Writes the records to `topic`.
    pub fn to(&self, topic: &str, produced: Produced<K, V>) {
        let topic = TopicName::External(topic.into());
        let name = produced.name.clone().or_else(|| self.name.clone());
        let kind = NodeKind::Sink { topic: SinkTopic::Fixed(topic.clone()) };
        {
            let mut state = self.builder.borrow_mut();
            let name = state.names.named(name.as_deref(), "KSTREAM-SINK-");
            state.add_node(name, kind, vec![self.node]);
        }
        self.write_to(topic, produced.key, produced.value);
    }

    /// Writes each record to the topic `choose` names; those topics must exist. `describe()` prints `chooser`.
    pub fn to_chosen(
        &self,
        chooser: &str,
        choose: impl Fn(&K, &V) -> Arc<str> + Send + Sync + 'static,
        produced: Produced<K, V>,
    ) {
        let name = produced.name.clone().or_else(|| self.name.clone());
        {
            let mut state = self.builder.borrow_mut();
            let name = state.names.named(name.as_deref(), "KSTREAM-SINK-");
            let kind = NodeKind::Sink { topic: SinkTopic::Chosen(chooser.to_owned()) };
            state.add_node(name, kind, vec![self.node]);
        }
        let choose = Arc::new(choose);
        self.output.add(wire_fn(move |_| {
            let choose = Arc::clone(&choose);
            Ok(Box::new(Sink {
                topic: Box::new(move |key: &K, value: &V| choose(key, value)) as Chooser<K, V>,
                key: Arc::clone(&produced.key),
                value: Arc::clone(&produced.value),
                sender: None,
            }))
        }));
    }

    /// Wires a sink below this stream. Into a repartition topic it keeps the time of what it has sent.
    pub(crate) fn write_to(&self, topic: TopicName, key: SharedSerde<K>, value: SharedSerde<V>) {
        self.output.add(wire_fn(move |wiring| {
            let full = topic.full(wiring.application_id);
            let sender = match &topic {
                TopicName::Internal(name) => Some(wiring.time(&sender_time_name(name))),
                TopicName::External(_) => None,
            };
            let fixed = Arc::clone(&full);
            Ok(Box::new(Sink {
                topic: Box::new(move |_: &K, _: &V| Arc::clone(&fixed)) as Chooser<K, V>,
                key: Arc::clone(&key),
                value: Arc::clone(&value),
                sender,
            }))
        }));
    }
}

/// Name under which the highest event time sent into a repartition topic is saved.
pub(crate) fn sender_time_name(topic: &str) -> String {
    format!("sent/{topic}")
}

/// The time by which the receiver judges a record late: the highest this task has sent. What came through a repartition
/// topic already keeps the time of the task it came from, so that the verdict does not depend on how senders mix.
pub(super) fn sender_time(sent: &TimeCell, timestamp: i64, context: &Context) -> i64 {
    sent.set(sent.get().max(timestamp));
    context.sender.map_or_else(|| sent.get(), |origin| origin.time.max(timestamp))
}

type Chooser<K, V> = Box<dyn Fn(&K, &V) -> Arc<str>>;

struct Sink<K, V> {
    topic: Chooser<K, V>,
    key: SharedSerde<K>,
    value: SharedSerde<V>,
    sender: Option<TimeCell>,
}

impl<K, V> Forward<K, V> for Sink<K, V> {
    fn forward(&mut self, record: Record<K, V>, context: &mut Context) -> Result<(), ProcessError> {
        if record.timestamp < 0 {
            let reason = "a result needs a time since 1970".to_owned();
            return Err(ProcessError::Timestamp { timestamp: record.timestamp, reason });
        }
        let sender_time = self.sender.as_ref().map(|sent| sender_time(sent, record.timestamp, context));
        let to = Destination {
            topic: (self.topic)(&record.key, &record.value),
            timestamp: record.timestamp,
            headers: record.headers,
            sender_time,
        };
        let (key, value) = (&self.key, &self.value);
        context
            .outputs
            .push(
                to,
                |out| {
                    let start = out.len();
                    let present = key.serialize(&record.key, out)?;
                    Ok(present.then(|| key.partition_key_length(out.get(start..).unwrap_or_default())))
                },
                |out| value.serialize(&record.value, out),
            )
            .map_err(ProcessError::Serialization)
    }
}
