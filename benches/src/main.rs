//! Workloads W1-W6 on the embedded log: how many events a CPU second is worth, and how much memory it takes.
//!
//! Beside them `api` and `sql`: how long the HTTP API and SQL take to answer; `hostile`: what queries in bad faith take from others;
//! `peers`: Kafka Streams on the same topics.
//!
//! Each workload runs in a process of its own, on a log that another process filled before, so that CPU time and memory are its
//! alone. Commits are exactly-once, every 100 ms.

mod api;
mod bare;
mod engine;
mod hostile;
mod load;
mod measure;
mod peers;
mod run;
mod sql;
mod workloads;

use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};

use measure::Measurement;
use workloads::Workload;

/// As in the program that is measured.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Workloads W1-W6 on the embedded log.
#[derive(Parser)]
#[command(after_help = "Examples:\n  make bench\n  make bench BENCH_ARGS='--workloads w2,w5 --scale 0.1'")]
struct Arguments {
    #[command(subcommand)]
    step: Option<Step>,
    /// Which workloads to run.
    #[arg(long, value_delimiter = ',', default_values = ["w1", "w2", "w3", "w4", "w5", "w6"])]
    workloads: Vec<Workload>,
    /// Share of the full data: 2 M orders, 400 k orders with their payments and reservations, 2 M activity events.
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
    /// Stream threads.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Where to keep the log; a temporary directory by default.
    #[arg(long)]
    dir: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Step {
    Api(api::ApiArguments),
    Sql(sql::SqlArguments),
    Peers(peers::PeersArguments),
    Hostile(hostile::HostileArguments),
    /// Fills a log with the input of a workload (used by the benchmark itself).
    #[command(hide = true)]
    Load {
        workload: Workload,
        dir: PathBuf,
        scale: f64,
    },
    /// Runs one workload on Kafka until SIGTERM, as the scripts of a side-by-side benchmark ask.
    Engine(engine::EngineArguments),
    /// W1 as a loop around the Kafka client, called like `engine`.
    #[command(hide = true)]
    Bare(engine::EngineArguments),
    /// Runs one workload on a filled log and prints what it took as JSON (used by the benchmark itself).
    #[command(hide = true)]
    Run {
        workload: Workload,
        dir: PathBuf,
        threads: usize,
    },
}

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(tracing_subscriber::filter::LevelFilter::WARN)
        .init();
    let arguments = Arguments::parse();
    let outcome = match arguments.step {
        Some(Step::Api(arguments)) => arguments.run(),
        Some(Step::Sql(arguments)) => arguments.run(),
        Some(Step::Peers(arguments)) => arguments.run(),
        Some(Step::Hostile(arguments)) => arguments.run(),
        Some(Step::Load { workload, dir, scale }) => load::load(workload, &dir, scale),
        Some(Step::Run { workload, dir, threads }) => run::run(workload, &dir, threads),
        Some(Step::Engine(arguments)) => engine::run(&arguments),
        Some(Step::Bare(arguments)) => bare::run(&arguments),
        None => benchmark(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn benchmark(arguments: &Arguments) -> Result<()> {
    let temporary = tempfile::tempdir()?;
    let parent = arguments.dir.clone().unwrap_or_else(|| temporary.path().to_owned());
    println!("{}", Measurement::heading());
    for workload in &arguments.workloads {
        let dir = parent.join(workload.name());
        let dir_text = dir.to_str().context("the directory has no text form")?;
        step(&["load", workload.name(), dir_text, &arguments.scale.to_string()])?;
        let line = step(&["run", workload.name(), dir_text, &arguments.threads.to_string()])?;
        let measurement: Measurement = serde_json::from_str(line.trim()).context("the run printed no result")?;
        println!("{}", measurement.row());
        if arguments.dir.is_none() {
            std::fs::remove_dir_all(&dir)?;
        }
    }
    Ok(())
}

/// Runs this program again for one step and answers what it printed.
fn step(arguments: &[&str]) -> Result<String> {
    let program = std::env::current_exe()?;
    let mut command = Command::new(program);
    // With an arena for each thread glibc keeps what one thread took and another gave back, some 50 MiB of it.
    command.args(arguments).stderr(Stdio::inherit());
    let output = command.output()?;
    if !output.status.success() {
        bail!("{} failed", arguments.join(" "));
    }
    Ok(String::from_utf8(output.stdout)?)
}
