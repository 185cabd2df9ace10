//! Tillstream and Kafka Streams in turn on the same broker and the same topics: throughput, CPU time and memory, how long
//! a lost state and a killed process take to be back, and how long a record is on its way.

mod cluster;
mod contender;
mod counted;
mod drain;
mod latency;
mod recovery;
mod running;

use anyhow::Result;

use crate::workloads::Workload;
use cluster::Cluster;
use contender::Contender;

/// Runs both engines in turn on one Kafka broker and prints the tables of benches/README.md.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Needs Java 17 and Maven, which fetches Kafka and Kafka Streams once.

Examples:
  make bench-peers
  make bench-peers BENCH_ARGS='--parts throughput --workloads w3,w6 --scale 0.2 --runs 3'
  make bench-peers BENCH_ARGS='--parts restore --engines tillstream'
  make bench-peers BENCH_ARGS='--parts latency --rates 5000 --warm-up 60'")]
pub(crate) struct PeersArguments {
    /// What to compare.
    #[arg(long, value_delimiter = ',', default_values = ["throughput", "restore", "crash", "latency"])]
    parts: Vec<Part>,
    /// Workloads of the throughput part.
    #[arg(long, value_delimiter = ',', default_values = ["w1", "w2", "w3", "w4", "w5", "w6"])]
    workloads: Vec<Workload>,
    /// Share of the full data.
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
    /// Engines that are run, in this order.
    #[arg(long, value_delimiter = ',', default_values = ["kafka-streams", "tillstream"])]
    engines: Vec<Engine>,
    /// How often each is run, the engines in turn; each run has its line.
    #[arg(long, default_value_t = 1)]
    runs: u32,
    /// Stream threads.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Cache of Kafka Streams: its default, or bytes.
    #[arg(long, default_value = "default")]
    cache: String,
    /// MiB for the stores of Tillstream, 32 for each result (W6 has three) unless told; what it keeps decoded and not committed yet
    /// goes with it.
    #[arg(long)]
    memory: Option<u32>,
    /// Orders a second of the latency part.
    #[arg(long, value_delimiter = ',', default_values = ["5000", "20000"])]
    rates: Vec<u32>,
    /// Seconds of the latency part before anything is measured: a JVM takes a minute to be as fast as it gets.
    #[arg(long, default_value_t = 10)]
    warm_up: u32,
    /// Seconds measured at each rate.
    #[arg(long, default_value_t = 30)]
    seconds: u32,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Engine {
    KafkaStreams,
    Tillstream,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Topics read from their start: events a second, CPU time, memory.
    Throughput,
    /// The state directory is lost.
    Restore,
    /// The process is killed in the middle of its work.
    Crash,
    /// Orders come at a fixed rate.
    Latency,
}

impl PeersArguments {
    pub(crate) fn run(&self) -> Result<()> {
        let cluster = Cluster::start()?;
        let contenders = self.engines.iter().map(|engine| match engine {
            Engine::KafkaStreams => Contender::kafka_streams(&self.cache, self.threads),
            Engine::Tillstream => Ok(Contender::tillstream(self.memory, self.threads)),
        });
        let contenders = contenders.collect::<Result<Vec<_>>>()?;
        for part in &self.parts {
            match part {
                Part::Throughput => drain::table(self, &cluster, &contenders)?,
                Part::Restore => recovery::restore_table(self, &cluster, &contenders)?,
                Part::Crash => recovery::crash_table(self, &cluster, &contenders)?,
                Part::Latency => latency::table(self, &cluster, &contenders)?,
            }
            println!();
        }
        Ok(())
    }

    /// `full` records, scaled.
    fn scaled(&self, full: u32) -> u32 {
        (f64::from(full) * self.scale) as u32
    }

    /// Every contender as often as it is run, in turn.
    fn turns<'a>(&self, contenders: &'a [Contender]) -> impl Iterator<Item = &'a Contender> {
        std::iter::repeat_n(contenders, self.runs as usize).flatten()
    }
}
