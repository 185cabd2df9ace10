//! Two instances share the tasks, and tasks move between them: politely, by force, and while they are being restored.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tillstream_runtime::log::Log;
use tillstream_runtime::metrics::EngineMetrics;
use tillstream_runtime::partitioner::partition_for;
use tillstream_runtime::{Application, ApplicationState, Neighbours, Options, Peers, StoreQuery, SystemClock, TaskId};
use tillstream_stores::rocks::Resources;
use tillstream_stores::{Question, RemoteState, u64_be, utf8};
use tillstream_topology::{Consumed, Grouped, Materialized, StreamsBuilder, Topology};

use crate::harness::{Harness, PARTITIONS, rows, settle};
use crate::moving_log::{Leases, MovingLog};
use crate::restart::{expected, produce, word_count, words};

/// Reaches instances in this process.
#[derive(Clone, Debug, Default)]
struct InProcess(Arc<Mutex<BTreeMap<String, StoreQuery>>>);

#[derive(Debug)]
struct PeerTask {
    peers: InProcess,
    address: String,
    task: TaskId,
}

impl Peers for InProcess {
    fn state(&self, address: &str, task: TaskId) -> Arc<dyn RemoteState> {
        Arc::new(PeerTask { peers: self.clone(), address: address.to_owned(), task })
    }
}

impl RemoteState for PeerTask {
    fn ask(&self, question: &Question) -> Result<Vec<u8>, String> {
        let query = self.peers.0.lock().unwrap().get(&self.address).cloned().ok_or("unknown address")?;
        let view = query.here(self.task).ok_or("the task is not here")?;
        view.reader.answer(question).map_err(|error| error.to_string())
    }
}

pub(crate) struct Pair {
    pub(crate) leases: Arc<Mutex<Leases>>,
    pub(crate) applications: Vec<Application>,
    /// Who is reached, by address.
    pub(crate) reached: Arc<Mutex<BTreeMap<String, StoreQuery>>>,
    pub(crate) registries: Vec<prometheus::Registry>,
}

impl Pair {
    /// Two instances; each keeps `standbys` (0 or 1) copies of the other's tasks.
    pub(crate) fn start(harness: &Harness, topology: &Topology, tasks: usize, standbys: usize) -> Self {
        let leases = Leases::new((0..tasks).map(|task| task % 2).collect(), 2);
        let peers = InProcess::default();
        let registries = vec![prometheus::Registry::new(), prometheus::Registry::new()];
        let start = |member: usize| {
            let name = format!("instance-{member}");
            let log = MovingLog { inner: Arc::clone(&harness.log), leases: Arc::clone(&leases), member };
            let options = Options {
                application_id: "app".to_owned(),
                instance: name.clone(),
                neighbours: Some(Neighbours { advertised: name.clone(), peers: Arc::new(peers.clone()) }),
                state_dir: Some(harness.dir().join(&name)),
                threads: 1,
                commit_interval_ms: 20,
                sender_idle_timeout_ms: 200,
                standby_replicas: standbys,
                ..Options::default()
            };
            let log: Arc<dyn Log> = Arc::new(log);
            let metrics = EngineMetrics::new(&registries[member]).unwrap();
            let resources = Resources::new(32 << 20, 40, 128);
            let application =
                Application::start(topology, log, resources, Arc::new(SystemClock), metrics, options).unwrap();
            peers.0.lock().unwrap().insert(name, application.query().clone());
            application
        };
        Self { applications: vec![start(0), start(1)], leases, reached: peers.0, registries }
    }

    pub(crate) fn settle(&self) {
        self.applications.iter().for_each(settle);
    }
}

/// Repeats a check that needs news to travel from one instance to the other.
pub(crate) fn soon(mut check: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !check() {
        assert!(Instant::now() < deadline, "not in time");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

/// Sub-topologies of the word count: one that re-keys, one that counts.
pub(crate) const TASKS: usize = 8;

#[test]
fn every_instance_answers_for_every_key() {
    let harness = Harness::new(&["lines"]);
    let all = words(0, 3_000);
    let topology = word_count();
    produce(&harness, &all);
    let pair = Pair::start(&harness, &topology, TASKS, 0);
    pair.settle();
    for application in &pair.applications {
        soon(|| application.query().holders("counts").len() == 4);
        assert_eq!(rows(application, "counts", &utf8(), &u64_be()), expected(&all));
        let elsewhere = application.query().tasks().iter().filter(|task| task.owner.is_some()).count();
        assert_eq!(elsewhere, TASKS / 2);
        soon(|| application.query().ledger()["lines"].consumed == 3_000);
    }
}

#[test]
fn tasks_move_while_records_flow_and_nothing_is_lost_or_doubled() {
    move_tasks_while_records_flow(0);
}

#[test]
fn tasks_move_to_and_from_standbys_and_nothing_is_lost_or_doubled() {
    move_tasks_while_records_flow(1);
}

/// Counts words, standing still while `gate` is held.
fn gated_word_count(gate: &Arc<Mutex<()>>) -> Topology {
    let (builder, gate) = (StreamsBuilder::new(), Arc::clone(gate));
    builder
        .stream("lines", Consumed::with(utf8(), utf8()))
        .peek(move |_, _| drop(gate.lock().unwrap()))
        .group_by(|_, word: &String| word.clone(), Grouped::with(utf8(), utf8()))
        .count(Materialized::named_with("counts", u64_be()));
    builder.build().unwrap()
}

#[test]
fn a_task_that_went_to_another_thread_waits_until_the_first_has_closed_it() {
    let leases = Leases::new((0..TASKS).map(|task| task % 2).collect(), 2);
    let wrap = |inner| MovingLog { inner, leases: Arc::clone(&leases), member: 0 };
    let (harness, _) = Harness::wrapped(&["lines"], wrap);
    let gate = Arc::new(Mutex::new(()));
    let application = harness.start(&gated_word_count(&gate), 2);
    let all = words(0, 1_000);
    produce(&harness, &all[..999]);
    settle(&application);

    let shut = gate.lock().unwrap();
    produce(&harness, &all[999..]);
    let partition = partition_for(all[999].0.as_bytes(), PARTITIONS);
    let busy = application.query().here(TaskId { sub_topology: 0, partition }).unwrap().thread;
    (0..TASKS).for_each(|task| leases.lock().unwrap().steal(task, 1 - busy));
    soon(|| application.state() != ApplicationState::Running);
    assert_eq!(application.state(), ApplicationState::Restoring);
    drop(shut);
    settle(&application);
    assert_eq!(rows(&application, "counts", &utf8(), &u64_be()), expected(&all));
}

fn move_tasks_while_records_flow(standbys: usize) {
    let harness = Harness::new(&["lines"]);
    let topology = word_count();
    let pair = Pair::start(&harness, &topology, TASKS, standbys);
    let all = words(0, 20_000);
    for (round, part) in all.chunks(500).enumerate() {
        produce(&harness, part);
        let mut leases = pair.leases.lock().unwrap();
        let (task, member) = (round * 5 % TASKS, round / 3 % 2);
        // Every third move is a theft: the old holder is in the middle of something and finds out at its commit.
        if round % 3 == 0 {
            leases.steal(task, member)
        } else {
            leases.hand_over(task, member)
        }
        drop(leases);
        std::thread::park_timeout(Duration::from_millis(15));
    }
    pair.settle();
    for application in &pair.applications {
        assert_eq!(application.state(), ApplicationState::Running);
        soon(|| rows(application, "counts", &utf8(), &u64_be()) == expected(&all));
        soon(|| application.query().ledger()["lines"].consumed == 20_000);
        assert!(application.query().ledger()["lines"].balances());
    }
    assert!(pair.applications.iter().all(|application| application.stop(Duration::from_secs(10))));
}
