//! How long an order line takes from when it should have been sent until a reader of committed records sees it in the
//! revenue of its category.
//!
//! Orders are sent at fixed times, whether or not anybody keeps up. A result tells how many lines are in it: line k of a
//! category and hour is seen with the first result that counts k or more. So every line is measured, also where an engine
//! gathers several in one result.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use tillstream_runtime::log::{Fetched, Log, LogReader};
use tillstream_runtime::{Clock as _, SystemClock};
use tillstream_shop::workload::{Set, Workload as Events};

use super::PeersArguments;
use super::cluster::{Cluster, partitions};
use super::contender::{Contender, Job};
use super::counted::count;
use crate::workloads::{Order, Workload};

const HOUR_MS: i64 = 3_600_000;
/// Different orders, which are sent again and again.
const POOL: u32 = 20_000;
/// How long results may take after the last order was sent.
const PATIENCE: Duration = Duration::from_secs(60);

/// An order as it is sent, and the categories of its lines.
struct Sample {
    key: String,
    json: Vec<u8>,
    categories: Vec<String>,
}

/// Prints the table of the latency part, ms.
pub(super) fn table(arguments: &PeersArguments, cluster: &Cluster, contenders: &[Contender]) -> Result<()> {
    println!("| latency of W3, ms | orders/s | p50 | p90 | p99 | p99.9 | max | lines | cores used |");
    println!("|---|---|---|---|---|---|---|---|---|");
    let samples = samples()?;
    for rate in &arguments.rates {
        for (run, contender) in arguments.turns(contenders).enumerate() {
            let (app, dir) = (format!("latency-{rate}-{run}"), tempfile::tempdir()?);
            let orders = format!("{app}-orders");
            let more = &["--orders", orders.as_str()];
            let job = Job { workload: Workload::W3, app: &app, state: dir.path(), more };
            cluster.create(&[job.outputs(), vec![orders.clone()]].concat())?;
            let mut running = contender.start(cluster, &job)?;
            running.wait_for("STATE RUNNING")?;
            let (cpu, started) = (running.cpu_seconds()?, Instant::now());
            let (warm_up, seconds) = (arguments.warm_up, arguments.seconds);
            let load = Load { cluster, job: &job, orders: &orders, rate: *rate, warm_up, seconds };
            let mut latencies = load.run(&samples)?;
            let cores = (running.cpu_seconds()? - cpu) / started.elapsed().as_secs_f64();
            running.stop()?;
            latencies.sort_unstable();
            let at = |share: f64| {
                let place = (latencies.len().saturating_sub(1) as f64 * share).round() as usize;
                latencies.get(place).map_or(f64::NAN, |latency| latency.as_secs_f64() * 1e3)
            };
            println!(
                "| {} | {rate} | {:.0} | {:.0} | {:.0} | {:.0} | {:.0} | {} | {cores:.2} |",
                contender.name,
                at(0.5),
                at(0.9),
                at(0.99),
                at(0.999),
                at(1.0),
                latencies.len()
            );
        }
    }
    Ok(())
}

fn samples() -> Result<Vec<Sample>> {
    let sample = |record: tillstream_shop::ShopRecord| {
        let order: Order = serde_json::from_slice(&record.value).context("an order of the generator is JSON")?;
        let categories = order.lines.iter().map(|line| line.category.to_string()).collect();
        Ok(Sample { key: record.key, json: record.value, categories })
    };
    Events::new(Set::Big, POOL).map(sample).collect()
}

/// Orders at a fixed rate.
struct Load<'a> {
    cluster: &'a Cluster,
    job: &'a Job<'a>,
    orders: &'a str,
    rate: u32,
    /// Seconds before anything is measured.
    warm_up: u32,
    seconds: u32,
}

/// When each line of a category and hour was due, and how many of them have been seen.
#[derive(Default)]
struct Lines {
    due: Vec<Instant>,
    seen: usize,
}

impl Load<'_> {
    /// Sends, and answers how long each line took.
    fn run(&self, samples: &[Sample]) -> Result<Vec<Duration>> {
        let mut client = ClientConfig::new();
        client.set("bootstrap.servers", self.cluster.bootstrap()).set("linger.ms", "1").set("acks", "1");
        let producer: BaseProducer = client.create()?;
        let mut results = self.cluster.log.reader()?;
        for partition in partitions(self.job.outputs().into_iter().map(Into::into)) {
            results.assign(&partition, 0)?;
        }
        let (first, step) = (Instant::now(), Duration::from_secs(1) / self.rate);
        let measured_from = first + Duration::from_secs(self.warm_up.into());
        let (mut lines, mut latencies) = (HashMap::<Vec<u8>, Lines>::new(), Vec::new());
        let total = self.rate * (self.warm_up + self.seconds);
        for (number, sample) in (0..total).zip(samples.iter().cycle()) {
            let due = first + step * number;
            while Instant::now() < due {
                let wait = (due - Instant::now()).min(Duration::from_millis(1));
                receive(&mut *results, wait, measured_from, &mut lines, &mut latencies)?;
                producer.poll(Duration::ZERO);
            }
            self.send(&producer, sample, due, &mut lines)?;
        }
        producer.flush(PATIENCE)?;
        let deadline = Instant::now() + PATIENCE;
        while lines.values().any(|lines| lines.seen < lines.due.len()) {
            receive(&mut *results, Duration::from_millis(10), measured_from, &mut lines, &mut latencies)?;
            if Instant::now() > deadline {
                bail!("{} did not count all lines within {PATIENCE:?} of the last", self.job.app);
            }
        }
        Ok(latencies)
    }

    fn send(
        &self,
        producer: &BaseProducer,
        sample: &Sample,
        due: Instant,
        lines: &mut HashMap<Vec<u8>, Lines>,
    ) -> Result<()> {
        let timestamp = SystemClock.now_ms();
        let hour = timestamp - timestamp % HOUR_MS;
        for category in &sample.categories {
            lines.entry(format!("{category}@{hour}").into_bytes()).or_default().due.push(due);
        }
        let record = BaseRecord::to(self.orders).key(&sample.key).payload(&sample.json).timestamp(timestamp);
        producer.send(record).map_err(|(error, _)| error)?;
        Ok(())
    }
}

/// Notes what has come.
fn receive(
    results: &mut dyn LogReader,
    wait: Duration,
    measured_from: Instant,
    lines: &mut HashMap<Vec<u8>, Lines>,
    latencies: &mut Vec<Duration>,
) -> Result<()> {
    for Fetched { records, .. } in results.poll(wait)? {
        let now = Instant::now();
        for record in &records {
            let (Some(key), Some(value)) = (record.key.as_deref(), record.value.as_deref()) else { continue };
            let (Some(lines), counted) = (lines.get_mut(key), count(value)? as usize) else { continue };
            let newly = lines.due.iter().take(counted).skip(lines.seen);
            latencies.extend(newly.filter(|due| **due >= measured_from).map(|due| now - *due));
            lines.seen = lines.seen.max(counted.min(lines.due.len()));
        }
    }
    Ok(())
}
