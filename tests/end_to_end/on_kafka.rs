//! The shop on a real Kafka broker, by two instances of the binary: the answers are byte for byte those of the embedded log,
//! whoever is asked, whoever was killed meanwhile.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;
use tillstream_kafka_broker::Broker;
use tillstream_stores::Position;

use crate::binary::{Service, slice_of_sales, tillstream};
use crate::first_five_minutes::sum;

/// Rows of the slice, and kills to fall into it.
fn size() -> (usize, usize) {
    if std::env::var_os("TILLSTREAM_SOAK").is_some() { (541_909, 20) } else { (20_000, 3) }
}

const ANSWERS: [&str; 7] = [
    "/v1/metrics/gross-revenue?granularity=minute&limit=10000",
    "/v1/metrics/revenue?granularity=hour&limit=10000",
    "/v1/metrics/gross-revenue?granularity=day&by=product&limit=10000",
    "/v1/metrics/revenue?granularity=month&by=country&limit=10000",
    "/v1/orders?limit=1000",
    "/v1/products/top?window=24h&by=revenue&limit=100",
    "/v1/products/85123A/bought-together?limit=1000",
];

#[test]
fn two_instances_answer_as_one_process_does() {
    let Some(broker) = Broker::shared() else { return };
    let (rows, kills) = size();
    let dir = tempfile::tempdir().unwrap();
    let sales = slice_of_sales(dir.path(), rows);
    let expected = embedded(&dir.path().join("embedded"), &sales);

    let cluster = Cluster { name: "answers", bootstrap: broker.bootstrap(), dir: dir.path(), settings: &[] };
    let events = cluster.replay(&sales);
    let mut instances = [cluster.start("a"), cluster.start("b")];
    for kill in 0..kills {
        std::thread::park_timeout(Duration::from_millis(700));
        let victim = kill % 2;
        // Dropped is killed, with SIGKILL.
        let name = if victim == 0 { "a" } else { "b" };
        instances = instances.map(|instance| if instance.name == name { cluster.again(instance) } else { instance });
    }
    for instance in &instances {
        instance.service.consumes(events);
        for (path, expected) in ANSWERS.iter().zip(&expected) {
            instance.service.settles_on(path, expected);
        }
    }
    one_trains_and_both_recommend(&instances);
    one_leaves_and_sql_tells_all_or_nothing(instances);
}

#[test]
fn one_without_tasks_answers_all_the_same_and_its_standbys_outlive_their_owner() {
    let Some(broker) = Broker::shared() else { return };
    let dir = tempfile::tempdir().unwrap();
    let sales = slice_of_sales(dir.path(), 3_000);
    let settings = ["log.partitions=1", "streams.num_standby_replicas=1"];
    let cluster = Cluster { name: "standbys", bootstrap: broker.bootstrap(), dir: dir.path(), settings: &settings };
    let events = cluster.replay(&sales);
    // A thread for each task: nothing is left for a second instance.
    let owner = cluster.start_with("a", &["--set", "streams.threads=64"]);
    owner.service.consumes(events);
    let idle = cluster.start_with("b", &["--set", "streams.threads=1"]);
    let answers = ANSWERS.map(|path| owner.service.try_get(path).unwrap().1);
    for (path, expected) in ANSWERS.iter().zip(&answers) {
        idle.service.settles_on(path, expected);
    }
    let standbys = idle.service.keeps_all();
    assert!(standbys >= 4, "{standbys} standbys");
    drop(owner);
    // The group does not miss the owner yet; whoever allows it is answered all the same.
    for (path, expected) in ANSWERS.iter().zip(&answers) {
        let (status, age, body) = idle.service.get_stale(path);
        assert_eq!((status, first_difference(&body, expected)), (200, first_difference(expected, expected)), "{path}");
        assert!(age.starts_with("records=0, ms="), "{path}: {age}");
    }
    assert_eq!(idle.service.try_get(ANSWERS[0]).unwrap().0, 503, "the owner cannot be asked");
    for (path, expected) in ANSWERS.iter().zip(&answers) {
        idle.service.settles_on(path, expected);
    }
    // The last of the tasks may still be on their way.
    let deadline = Instant::now() + Duration::from_secs(60);
    while idle.service.get_stale(ANSWERS[0]).1 != "fresh" {
        assert!(Instant::now() < deadline, "{}", idle.service.get_stale(ANSWERS[0]).1);
        std::thread::park_timeout(Duration::from_millis(50));
    }
    assert!(idle.service.stop(), "an instance must leave within ten seconds");
}

#[test]
fn operations_see_what_waits_and_what_was_refused_while_the_service_is_down() {
    let Some(broker) = Broker::shared() else { return };
    let dir = tempfile::tempdir().unwrap();
    let sales = slice_of_sales(dir.path(), 100);
    let settings = ["log.partitions=1"];
    let cluster = Cluster { name: "down", bootstrap: broker.bootstrap(), dir: dir.path(), settings: &settings };
    let events = cluster.replay(&sales);
    let instance = cluster.start("a");
    instance.service.consumes(events);
    assert!(instance.service.stop());
    let lagging = cluster.lagging(&[]);
    assert!(lagging.is_empty(), "{lagging:?}");

    // The same again: sales of 2010 wait now.
    cluster.replay(&sales);
    let years = 15.0 * 365.0 * 86_400.0;
    let seconds = |partition: &Value| partition["lagSeconds"].as_f64().unwrap();
    let lagging = cluster.lagging(&[]);
    // The ends of transactions take offsets, too.
    assert!(lagging.iter().map(|partition| partition["lag"].as_u64().unwrap()).sum::<u64>() >= events, "{lagging:?}");
    assert!(lagging.iter().all(|partition| seconds(partition) > years), "{lagging:?}");
    let lagging = cluster.lagging(&["--set", "application.replay=true"]);
    assert!(
        lagging.iter().all(|partition| seconds(partition) < years),
        "a replay is as late as its newest record: {lagging:?}"
    );

    // Without application.replay they are too old for anybody.
    let instance = cluster.start_with("a", &["--set", "application.replay=false"]);
    instance.service.consumes(2 * events);
    assert!(instance.service.stop());
    let letters = cluster.tells(&["dead-letters"]);
    assert_eq!(letters["items"][0]["class"], "timestamp_out_of_range", "{letters}");
}

/// The answers of one process on the embedded log.
fn embedded(data: &Path, sales: &Path) -> Vec<Vec<u8>> {
    let data = data.to_str().unwrap();
    let events = replay(&["--data", data], sales);
    let service = Service::start(&["run", "--data", data, "--set", "application.replay=true"]);
    service.consumes(events);
    ANSWERS.iter().map(|path| service.try_get(path).unwrap().1).collect()
}

/// Replays a file; answers the number of events.
fn replay(flags: &[&str], sales: &Path) -> u64 {
    let output = tillstream(&["replay", sales.to_str().unwrap()]).args(flags).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().split(' ').next().unwrap().parse().unwrap()
}

struct Cluster<'a> {
    name: &'static str,
    bootstrap: &'a str,
    dir: &'a Path,
    /// `section.key=value`, for every command.
    settings: &'a [&'a str],
}

struct Instance {
    name: &'static str,
    service: Service,
}

impl Cluster<'_> {
    /// What this test's topics and groups begin with: others use the brokers too.
    fn own(&self) -> String {
        format!("e2e-{}-{}", self.name, std::process::id())
    }

    fn flags(&self) -> Vec<String> {
        let own = self.own();
        let mut flags = vec!["--kafka".to_owned(), self.bootstrap.to_owned()];
        let roles = ["orders", "inventory", "payments", "user_activity", "products", "order_updates"];
        let more = ["compensations", "notifications", "dead_letters", "models", "exposures"];
        for role in roles.iter().chain(&more) {
            flags.extend(["--set".to_owned(), format!("topics.{role}={own}-{}", role.replace('_', "-"))]);
        }
        flags.extend(["--set".to_owned(), format!("application.id={own}")]);
        flags.extend(self.settings.iter().flat_map(|setting| ["--set".to_owned(), (*setting).to_owned()]));
        flags
    }

    fn replay(&self, sales: &Path) -> u64 {
        let flags = self.flags();
        replay(&flags.iter().map(String::as_str).collect::<Vec<_>>(), sales)
    }

    /// What a command tells about the brokers, as JSON; no service answers it.
    fn tells(&self, command: &[&str]) -> Value {
        let mut told = tillstream(command);
        let output =
            told.args(["--format", "json", "--url", "http://127.0.0.1:9"]).args(self.flags()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The partitions of this test's groups in which records wait.
    fn lagging(&self, flags: &[&str]) -> Vec<Value> {
        let told = self.tells(&[&["lag"], flags].concat());
        let is_own = |group: &&Value| group["group"].as_str().unwrap().starts_with(&self.own());
        let groups: Vec<_> = told["groups"].as_array().unwrap().iter().filter(is_own).collect();
        assert!(!groups.is_empty(), "{told}");
        let partitions = groups.into_iter().flat_map(|group| group["partitions"].as_array().unwrap());
        partitions.filter(|partition| partition["lag"] != 0).cloned().collect()
    }

    fn start(&self, name: &'static str) -> Instance {
        self.start_with(name, &[])
    }

    fn start_with(&self, name: &'static str, more: &[&str]) -> Instance {
        let data = self.dir.join(name);
        let flags = self.flags();
        let mut arguments = vec!["run", "--data", data.to_str().unwrap(), "--set", "application.replay=true"];
        // A killed instance is missed after this; the brokers allow no less.
        arguments.extend(["--set", "kafka.session_timeout=6 s"]);
        arguments.extend(flags.iter().map(String::as_str));
        arguments.extend(more);
        Instance { name, service: Service::start(&arguments) }
    }

    fn again(&self, instance: Instance) -> Instance {
        let name = instance.name;
        drop(instance);
        self.start(name)
    }
}

impl Service {
    /// Whether what is shown holds all there is in the topics this service reads, as where `Application::pending` is 0; the lag is 0
    /// a moment sooner, once that is committed. Others may use the broker.
    fn is_settled(&self) -> bool {
        let (ledger, lag, tasks) = (self.get("/v1/ledger"), self.get("/v1/lag"), self.get("/v1/tasks"));
        let of = |group: &Value| group["partitions"].as_array().unwrap().clone();
        let is_own = |part: &Value| ledger["topics"].get(part["topic"].as_str().unwrap()).is_some();
        let groups = lag["groups"].as_array().unwrap().iter().map(of);
        let mut own = groups.filter(|group| group.iter().any(is_own)).flatten();
        let mut shown = Position::default();
        for task in tasks["tasks"].as_array().unwrap() {
            shown.merge(&task["position"].as_str().unwrap().parse().unwrap());
        }
        own.all(|part| {
            let (topic, partition) = (part["topic"].as_str().unwrap(), part["partition"].as_u64().unwrap());
            shown.get(topic, partition as u32).unwrap_or(0) >= part["end"].as_i64().unwrap()
        })
    }

    /// Waits until this many events are accounted for, wherever they were processed, and what follows from them too.
    fn consumes(&self, events: u64) {
        let deadline = Instant::now() + Duration::from_secs(120);
        let ledger = || self.get("/v1/ledger");
        while sum(&ledger(), "consumed") < events || !self.is_settled() {
            let told = || [ledger(), self.get("/v1/lag"), self.get("/v1/tasks")];
            assert!(Instant::now() < deadline, "not settled: {:?}", told());
            std::thread::park_timeout(Duration::from_millis(50));
        }
        assert_eq!(sum(&ledger(), "consumed"), events);
    }

    /// Waits until this instance runs nothing and keeps a standby of every task that has state; answers how many.
    fn keeps_all(&self) -> usize {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let told = self.get("/v1/tasks");
            let [tasks, standbys] = ["tasks", "standbys"].map(|name| told[name].as_array().unwrap());
            assert!(tasks.iter().all(|task| task["owner"].is_string()), "{told}");
            let stateful = tasks.iter().filter(|task| !task["stores"].as_array().unwrap().is_empty()).count();
            let caught_up = standbys.iter().filter(|standby| standby["lagRecords"] == 0).count();
            if caught_up == stateful {
                return stateful;
            }
            assert!(Instant::now() < deadline, "not all standbys are there: {told}");
            std::thread::park_timeout(Duration::from_millis(100));
        }
    }

    /// Waits until `path` answers `expected`.
    fn settles_on(&self, path: &str, expected: &[u8]) {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let answer = self.try_get(path).unwrap_or_default().1;
            if answer == expected {
                return;
            }
            assert!(Instant::now() < deadline, "{path} answers otherwise: {}", first_difference(&answer, expected));
            std::thread::park_timeout(Duration::from_millis(200));
        }
    }
}

/// Both tell the same in SQL; while one leaves the other does, or answers 503.
fn one_leaves_and_sql_tells_all_or_nothing(instances: [Instance; 2]) {
    const QUERY: &str = r#"{"query": "SELECT sum(gross_revenue), sum(refunds), (SELECT count(*) FROM orders) AS orders,
        (SELECT sum(baskets) FROM co_purchases) AS pairs, (SELECT count(*) FROM order_items) AS lines FROM revenue_by_day"}"#;
    let ask = |instance: &Instance| instance.service.post("/v1/sql", &QUERY.replace('\n', " "));
    let deadline = Instant::now() + Duration::from_secs(60);
    let [told, same] = instances.each_ref().map(|instance| {
        loop {
            match ask(instance) {
                (200, answer) => break answer["rows"].clone(),
                // Tasks may still be on their way to the instance that came back last.
                (503, _) if Instant::now() < deadline => std::thread::park_timeout(Duration::from_millis(50)),
                other => panic!("{other:?}"),
            }
        }
    });
    assert_eq!(told, same);
    let [stays, leaves] = instances;
    std::thread::scope(|scope| {
        let leaving = scope.spawn(move || leaves.service.stop());
        let (deadline, mut alone) = (Instant::now() + Duration::from_secs(60), 0);
        while alone < 10 {
            match ask(&stays) {
                (200, answer) => {
                    assert_eq!(answer["rows"], told, "a part passed for the whole");
                    alone += usize::from(leaving.is_finished());
                }
                (503, problem) => assert_eq!(problem["type"], "urn:tillstream:problem:not-ready", "{problem}"),
                other => panic!("{other:?}"),
            }
            assert!(Instant::now() < deadline, "the tasks of the other are not here");
        }
        assert!(leaving.join().unwrap(), "an instance must leave within ten seconds");
    });
    assert!(stays.service.stop(), "an instance must leave within ten seconds");
}

/// Both have loaded one model, whoever trained it, and make the same list of it and of a history that lies with one of them.
fn one_trains_and_both_recommend(instances: &[Instance; 2]) {
    let deadline = Instant::now() + Duration::from_secs(120);
    loop {
        let list = |instance: &Instance| instance.service.get("/v1/recommendations?userId=15311&limit=20&explain=true");
        let [one, other] = instances.each_ref().map(list);
        let same = |field: &str| one[field] == other[field] && !one[field].is_null();
        if same("model") && one["fallback"].is_null() {
            assert_eq!(one["items"], other["items"]);
            return;
        }
        assert!(Instant::now() < deadline, "no model in common: {one} {other}");
        std::thread::park_timeout(Duration::from_millis(200));
    }
}

/// Both texts from a little before where they part.
fn first_difference(answer: &[u8], expected: &[u8]) -> String {
    let same = answer.iter().zip(expected).take_while(|(a, b)| a == b).count();
    let part = |text: &[u8]| {
        let around = same.saturating_sub(200).min(text.len())..(same + 200).min(text.len());
        String::from_utf8_lossy(&text[around]).into_owned()
    };
    format!("{}\ninstead of {}", part(answer), part(expected))
}
