//! Behind repartition topics time is what the slowest sender says, in joins too.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use tillstream_stores::rocks::Resources;
use tillstream_stores::{Headers, Position, StoreBuilder, TaskState};

use super::stream_stream::{serdes, streams};
use crate::driver::script::{Key, Value, builder, produced};
use crate::execution::{Prepared, SENDER_HEADER, Scope, SenderMark, TaskGraph};
use crate::{JoinWindows, RawRecord, Topology};

/// A left join whose sides both come through repartition topics.
fn topology() -> Topology {
    let builder = builder();
    let (left, right) = streams(&builder);
    let left = left.named("kl").select_key(|_, value: &Value| value.map(|value| value.to_string()));
    let right = right.named("kr").select_key(|_, value: &Value| value.map(|value| value.to_string()));
    let pair = |_: &Key, left: &Value, right: Option<&Value>| (*left, right.copied().flatten());
    left.left_join(&right, pair, JoinWindows::of_difference(10).grace(5), serdes()).to("out", produced());
    builder.build().unwrap()
}

struct Task {
    graph: TaskGraph,
    senders: u32,
}

impl Task {
    fn new(senders: u32) -> Self {
        let stores: Vec<Arc<dyn StoreBuilder>> = topology().stores().cloned().collect();
        let state = TaskState::open(None, &stores, &Resources::new(1 << 20, 10, 16)).unwrap();
        Self::on(state, BTreeMap::new(), senders)
    }

    fn on(state: TaskState, times: BTreeMap<String, i64>, senders: u32) -> Self {
        let topology = topology();
        let joining = topology.sub_topologies().iter().find(|sub| !sub.stores.is_empty()).unwrap();
        let scope = Scope { sub_topologies: std::slice::from_ref(joining), partition: 0, application_id: "app" };
        let mut graph = TaskGraph::wire(&topology, scope, state, times, 0).unwrap();
        for input in 0..graph.inputs().len() {
            graph.expect_senders(input, senders);
        }
        Self { graph, senders }
    }

    /// Commits, stops, and starts again on the committed state.
    fn restarted(mut self) -> Self {
        let staged = self.graph.stage().unwrap();
        self.graph.apply(staged, Vec::new(), Position::default()).unwrap();
        let times = self.graph.times();
        Self::on(self.graph.into_state(), times, self.senders)
    }

    /// A record of `sender` into the topic of `side`; answers the results.
    fn feed(&mut self, side: &str, sender: u32, value: &'static str, timestamp: i64) -> Vec<String> {
        let input = self.graph.inputs().iter().position(|input| input.topic.contains(side)).unwrap();
        let mark = SenderMark { sender, time: timestamp, idle: false };
        let bytes = Bytes::from_static(value.as_bytes());
        let raw = RawRecord {
            offset: 0,
            timestamp,
            key: Some(bytes.clone()),
            value: Some(bytes),
            headers: Headers::default().with(SENDER_HEADER, Some(Bytes::copy_from_slice(&mark.encode()))),
        };
        assert_eq!(self.graph.prepare(input, &raw).unwrap(), Prepared::Ready(timestamp));
        self.graph.process(input, &raw, timestamp).unwrap();
        let results = self
            .graph
            .outputs()
            .iter()
            .map(|output| format!("{} {}", output.value.unwrap().escape_ascii(), output.timestamp))
            .collect();
        self.graph.clear_outputs();
        results
    }
}

#[test]
fn nothing_is_given_up_before_the_slowest_sender_has_passed_it() {
    let mut task = Task::new(2);
    assert_eq!(task.feed("kl", 0, "1", 100), [""; 0]);
    // Sender 0 runs ahead on both sides: by its time the window of 1 is long over.
    assert_eq!(task.feed("kl", 0, "2", 5_000), [""; 0]);
    assert_eq!(task.feed("kr", 0, "9", 5_000), [""; 0]);
    assert_eq!(task.feed("kl", 1, "3", 90), [""; 0]);
    // Sender 1 is behind; its record is not late, and its partner still there.
    assert_eq!(task.feed("kr", 1, "1", 95), ["[1,1] 100"]);
    // Only when both senders are past it does 3 come out alone.
    assert_eq!(task.feed("kl", 1, "8", 6_000), [""; 0]);
    assert_eq!(task.feed("kr", 1, "7", 6_000), [""; 0]);
    assert_eq!(task.feed("kl", 0, "4", 5_001), ["[3,null] 90"]);
}

#[test]
fn what_waits_still_waits_after_a_restart() {
    let mut task = Task::new(1);
    assert_eq!(task.feed("kl", 0, "1", 100), [""; 0]);
    assert_eq!(task.feed("kl", 0, "2", 104), [""; 0]);
    assert_eq!(task.feed("kr", 0, "9", 105), [""; 0]);
    let mut task = task.restarted();
    assert_eq!(task.feed("kr", 0, "1", 106), ["[1,1] 106"]);
    let mut task = task.restarted();
    assert_eq!(task.feed("kl", 0, "3", 120), [""; 0]);
    assert_eq!(task.feed("kr", 0, "9", 130), [""; 0]);
    assert_eq!(task.feed("kl", 0, "4", 131), ["[2,null] 104"]);
}
