//! How long the HTTP API takes to answer under load: requests at a fixed rate, whether answers come or not.

mod connection;
mod latencies;
mod questions;

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};

use connection::Connection;
use latencies::Latencies;
use questions::Questions;

/// Asks a running service and prints how long answers take, by kind of question.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example, with a shop of 10,000 events a second in the process that answers:
  tillstream simulate --rate 10000 --data /tmp/shop --listen 127.0.0.1:8080 &
  tillstream-bench api --rate 2000 --seconds 30")]
pub(crate) struct ApiArguments {
    /// Address of the service.
    #[arg(long, default_value = "127.0.0.1:8080")]
    address: String,
    /// Requests a second, over all connections.
    #[arg(long, default_value_t = 2_000)]
    rate: u32,
    /// Connections, each with one request at a time.
    #[arg(long, default_value_t = 32)]
    connections: u32,
    /// How long to ask.
    #[arg(long, default_value_t = 30)]
    seconds: u32,
}

/// What is asked before the clock runs, so that connections are open and files are at hand.
const WARM_UP: Duration = Duration::from_secs(3);

impl ApiArguments {
    pub(crate) fn run(&self) -> Result<()> {
        ensure!(self.rate > 0 && self.connections > 0, "a rate and at least one connection are needed");
        let questions = Arc::new(Questions::about(&mut Connection::open(&self.address)?)?);
        let start = Instant::now() + Duration::from_millis(100);
        let threads: Vec<_> = (0..self.connections)
            .map(|number| {
                let client = Client { number, of: self.connections, rate: self.rate, start };
                let (address, questions, seconds) = (self.address.clone(), Arc::clone(&questions), self.seconds);
                thread::spawn(move || client.ask(&address, &questions, Duration::from_secs(seconds.into())))
            })
            .collect();
        let mut all = Latencies::default();
        for thread in threads {
            all.merge(thread.join().map_err(|_| anyhow!("a client failed"))??);
        }
        println!("{}", all.table(&load_average()));
        Ok(())
    }
}

/// One connection's part of the load.
#[derive(Clone, Copy, Debug)]
struct Client {
    number: u32,
    of: u32,
    rate: u32,
    start: Instant,
}

impl Client {
    /// Asks at its times. An answer's time counts from when the question was due if the service still held the connection
    /// then, so that it is charged with everything that waits behind a stall; else from when the question was sent, so that
    /// it is not charged with a client that overslept.
    fn ask(self, address: &str, questions: &Questions, time: Duration) -> Result<Latencies> {
        let mut connection = Connection::open(address)?;
        let mut latencies = Latencies::default();
        for turn in 0_u64.. {
            let place = turn * u64::from(self.of) + u64::from(self.number);
            let after = Duration::from_secs_f64(place as f64 / f64::from(self.rate));
            if after >= WARM_UP + time {
                break;
            }
            let due = self.start + after;
            let early = due.saturating_duration_since(Instant::now());
            thread::park_timeout(early);
            let asked = if early.is_zero() { due } else { Instant::now() };
            let (kind, path) = questions.at(place);
            let answer = connection.get(path).with_context(|| format!("asking for {path}"))?;
            if after >= WARM_UP {
                latencies.add(kind, asked.elapsed(), answer.is_ok());
            }
        }
        Ok(latencies)
    }
}

/// Load averages of one, five and fifteen minutes: a busy machine answers late.
fn load_average() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}
