//! The broker, or a cluster of them.

use std::env;
use std::fs;
use std::net::TcpListener;
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::jars::Jars;
use crate::node::Node;
use crate::properties::{Place, properties};
use crate::secured::Secured;

/// A broker that is up soon: enough for tests of a few thousand records.
const FOR_TESTS: &[&str] = &["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
/// A broker that is fast once it is warm.
const FOR_LOAD: &[&str] = &["-Xms1g", "-Xmx1g", "-XX:+UseG1GC"];

/// Why there is no broker to test against.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Unavailable {
    /// A program is missing or failed.
    #[error("{command}: {detail}; install Java 17 and Maven, or set KAFKA_BOOTSTRAP_SERVERS")]
    Failed {
        /// The program.
        command: String,
        /// What went wrong.
        detail: String,
    },
    /// There is no place to keep the jars.
    #[error("neither XDG_CACHE_HOME nor HOME is set: there is no place for the broker's jars")]
    NoHome,
    /// The broker came up and went down, or never answered.
    #[error("the broker did not start: {0}")]
    NotStarted(String),
    /// The brokers are somebody else's.
    #[error("the brokers of KAFKA_BOOTSTRAP_SERVERS cannot be stopped by a test")]
    NotOurs,
}

/// A broker for tests, or a cluster of them. Stopped when it is dropped, and when the process ends, however that happens.
///
/// ```no_run
/// # use tillstream_kafka_broker::Broker;
/// let Some(broker) = Broker::shared() else { return };
/// println!("{}", broker.bootstrap());
/// ```
#[derive(Debug)]
pub struct Broker {
    bootstrap: String,
    /// None when the brokers were running already.
    own: Option<Own>,
}

/// The nodes come first: they are gone before their directory.
#[derive(Debug)]
struct Own {
    nodes: Vec<Node>,
    secured: Option<Secured>,
    _directory: TempDir,
}

impl Broker {
    /// The brokers of `KAFKA_BOOTSTRAP_SERVERS`, or one of our own.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub fn start() -> Result<Self, Unavailable> {
        match env::var("KAFKA_BOOTSTRAP_SERVERS") {
            Ok(bootstrap) if !bootstrap.is_empty() => Ok(Self { bootstrap, own: None }),
            _ => Self::start_own(),
        }
    }

    /// A broker of our own, which can be stopped and paused.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub fn start_own() -> Result<Self, Unavailable> {
        Self::start_with(FOR_TESTS, 1, false)
    }

    /// A cluster of our own: each partition lies on three nodes, or on all of fewer, and a write counts when all but one have it.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub fn start_cluster(nodes: usize) -> Result<Self, Unavailable> {
        Self::start_with(FOR_TESTS, nodes, false)
    }

    /// A broker of our own that has a second door, with TLS and passwords: [`Broker::secured`].
    ///
    /// # Errors
    /// [`Unavailable`].
    pub fn start_secured() -> Result<Self, Unavailable> {
        Self::start_with(FOR_TESTS, 1, true)
    }

    /// A broker of our own for benchmarks.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub fn start_for_load() -> Result<Self, Unavailable> {
        Self::start_with(FOR_LOAD, 1, false)
    }

    fn start_with(flags: &'static [&'static str], nodes: usize, secured: bool) -> Result<Self, Unavailable> {
        let own = Own::create(&Jars::fetch()?, flags, nodes.max(1), secured)?;
        own.start()?;
        let addresses: Vec<String> = own.nodes.iter().map(Node::address).collect();
        Ok(Self { bootstrap: addresses.join(","), own: Some(own) })
    }

    /// Bytes of records the brokers keep of the topics whose name fits; 0 where the brokers are not ours.
    pub fn bytes_of(&self, fits: impl Fn(&str) -> bool) -> u64 {
        let directories = self.own.iter().flat_map(|own| &own.nodes).map(|node| Node::data(node.directory()));
        let partitions = directories.flat_map(|data| fs::read_dir(data).into_iter().flatten().flatten());
        let wanted = partitions.filter(|partition| {
            let name = partition.file_name();
            name.to_str().and_then(|name| name.rsplit_once('-')).is_some_and(|(topic, _)| fits(topic))
        });
        let files = wanted.flat_map(|partition| fs::read_dir(partition.path()).into_iter().flatten().flatten());
        let segments = files.filter(|file| file.path().extension().is_some_and(|extension| extension == "log"));
        segments.filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum()
    }

    /// The broker the tests of one binary share; `None` where there is none, after saying why.
    ///
    /// # Panics
    /// When there is none and `CI=true`: there the tests must run.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Broker>> = OnceLock::new();
        SHARED.get_or_init(|| Self::or_skip(Self::start())).as_ref()
    }

    /// The broker, or `None` after saying why the test is skipped.
    ///
    /// # Panics
    /// When there is none and `CI=true`.
    pub fn or_skip(started: Result<Self, Unavailable>) -> Option<Self> {
        Self::or_skip_with(started)
    }

    /// As [`Broker::or_skip`], for whatever else a test needs.
    ///
    /// # Panics
    /// When it is not there and `CI=true`.
    pub fn or_skip_with<T>(there: Result<T, Unavailable>) -> Option<T> {
        there
            .map_err(|why| {
                assert!(env::var("CI").as_deref() != Ok("true"), "no Kafka broker to test against: {why}");
                eprintln!("skipped, no Kafka broker to test against: {why}");
            })
            .ok()
    }

    /// Where clients find it: `host:port`.
    pub fn bootstrap(&self) -> &str {
        &self.bootstrap
    }

    /// The door with TLS and passwords, of a broker that was started with one.
    pub fn secured(&self) -> Option<&Secured> {
        self.own.as_ref()?.secured.as_ref()
    }

    /// The nodes.
    ///
    /// # Errors
    /// [`Unavailable::NotOurs`].
    pub fn nodes(&self) -> Result<&[Node], Unavailable> {
        self.own.as_ref().map(|own| own.nodes.as_slice()).ok_or(Unavailable::NotOurs)
    }

    /// Ends all nodes in good order; their data stays.
    ///
    /// # Errors
    /// [`Unavailable::NotOurs`].
    pub fn stop(&self) -> Result<(), Unavailable> {
        self.nodes()?.iter().for_each(Node::stop);
        Ok(())
    }

    /// Kills all nodes, as a power cut would; their data stays.
    ///
    /// # Errors
    /// [`Unavailable::NotOurs`].
    pub fn kill(&self) -> Result<(), Unavailable> {
        self.nodes()?.iter().for_each(Node::kill);
        Ok(())
    }

    /// Starts all nodes again where they were, with their data; stops them first if they run.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub fn restart(&self) -> Result<(), Unavailable> {
        self.stop()?;
        self.own.as_ref().map_or(Ok(()), Own::start)
    }

    /// Freezes all nodes: connections stay open and nothing answers.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub fn pause(&self) -> Result<(), Unavailable> {
        self.nodes()?.iter().try_for_each(Node::pause)
    }

    /// Lets paused nodes go on.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub fn resume(&self) -> Result<(), Unavailable> {
        self.nodes()?.iter().try_for_each(Node::resume)
    }
}

impl Own {
    fn create(jars: &Jars, flags: &'static [&'static str], nodes: usize, secured: bool) -> Result<Self, Unavailable> {
        let failed = |error: std::io::Error| Unavailable::NotStarted(error.to_string());
        let directory = tempfile::tempdir().map_err(failed)?;
        let mut free = free_ports(2 * nodes + 1).map_err(failed)?;
        let door = free.pop().filter(|_| secured);
        let secured = door.map(|port| Secured::create(directory.path(), port)).transpose()?;
        let (clients, controllers) = free.split_at(nodes);
        let create = |((&port, &controller_port), node): ((&u16, &u16), usize)| {
            let home = directory.path().join(node.to_string());
            let place = Place { node, port, controller_port, controllers, data: &Node::data(&home) };
            Node::create(jars.clone(), flags, home, port, &properties(place, secured.as_ref()), secured.is_some())
        };
        let nodes = clients.iter().zip(controllers).zip(1..).map(create).collect::<Result<_, _>>()?;
        Ok(Self { nodes, secured, _directory: directory })
    }

    /// One node alone of several does not come up: all start, and then all are waited for.
    fn start(&self) -> Result<(), Unavailable> {
        self.nodes.iter().try_for_each(Node::start)?;
        self.nodes.iter().try_for_each(Node::await_up)
    }
}

/// Ports nobody listens on at the moment.
fn free_ports(count: usize) -> std::io::Result<Vec<u16>> {
    let listeners: Vec<TcpListener> =
        (0..count).map(|_| TcpListener::bind("127.0.0.1:0")).collect::<std::io::Result<_>>()?;
    listeners.iter().map(|listener| Ok(listener.local_addr()?.port())).collect()
}
