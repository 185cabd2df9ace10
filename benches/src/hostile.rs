//! What queries that would bring a process down take from processing, and from those who ask little.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::sql::{Service, percentile};

/// Runs hostile queries against a service at work, and prints what others notice of it. Three spells of the same length: quiet,
/// hostile, quiet again.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example, with a shop that sends more than the service can take:
  tillstream simulate --rate 200000 --data /tmp/shop --listen 127.0.0.1:8080 &
  tillstream-bench hostile --pid $! --seconds 60")]
pub(crate) struct HostileArguments {
    /// Address of the service.
    #[arg(long, default_value = "127.0.0.1:8080")]
    address: String,
    /// The service's process: its memory is added up with that of its query processes.
    #[arg(long)]
    pid: u32,
    /// Clients that ask nothing but hostile queries, each as soon as it has its answer.
    #[arg(long, default_value_t = 16)]
    clients: usize,
    /// Asks no query twice in the same words, so that none is known to be heavy.
    #[arg(long)]
    fresh: bool,
    /// Length of each spell.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
}

/// What they ask, in turn: each would never end, take all memory, or go too deep.
const HOSTILE: [&str; 10] = [
    "SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b, generate_series(1, 100000) c",
    "SELECT value FROM generate_series(1, 1000000000000) ORDER BY value DESC",
    "SELECT length(repeat(repeat('x', 100000), 20000))",
    "SELECT array_agg(value) FROM generate_series(1, 1000000000)",
    "SELECT array_length(generate_series(1, 1000000000000))",
    "SELECT value * 7 % 1000000007, count(*) FROM generate_series(1, 1000000000) GROUP BY 1",
    "SELECT count(*) FROM topic_orders a, topic_orders b WHERE a.value < b.value",
    "SELECT a.value, b.value, c.value FROM topic_user_activity a, topic_user_activity b, topic_user_activity c ORDER BY 1, 2, 3",
    "SELECT count(*) FROM generate_series(1, 100000000) WHERE regexp_like(repeat(CAST(value AS VARCHAR), 100), '(1+)+(2+)+$')",
    "DEEP",
];

/// Operators in the query that goes too deep.
const DEEP: usize = 2_000;

/// Pause of somebody who asks little.
const PAUSE: Duration = Duration::from_millis(20);

/// What one spell was like.
#[derive(Debug, Default)]
struct Spell {
    events: f64,
    times: Vec<Duration>,
    unanswered: usize,
    resident: u64,
    hostile: u64,
}

impl HostileArguments {
    pub(crate) fn run(&self) -> Result<()> {
        let spells = [self.spell(0)?, self.spell(self.clients)?, self.spell(0)?];
        println!(
            "| | events a second | a row by its key: p50 ms | p99 ms | not answered | resident MiB, most | hostile queries |"
        );
        println!("|---|---|---|---|---|---|---|");
        for (name, spell) in ["quiet", "hostile", "quiet again"].iter().zip(&spells) {
            println!(
                "| {name} | {:.0} | {:.2} | {:.2} | {} of {} | {} | {} |",
                spell.events,
                percentile(&spell.times, 0.5),
                percentile(&spell.times, 0.99),
                spell.unanswered,
                spell.times.len(),
                spell.resident >> 20,
                spell.hostile,
            );
        }
        let [before, hostile, after] = &spells;
        let quiet = (before.events + after.events) / 2.0;
        let p99 = percentile(&before.times, 0.99).midpoint(percentile(&after.times, 0.99));
        println!(
            "\nprocessing {:.0} % of quiet, p99 {:.2} times quiet",
            100.0 * hostile.events / quiet,
            percentile(&hostile.times, 0.99) / p99
        );
        Ok(())
    }

    fn spell(&self, hostile: usize) -> Result<Spell> {
        let service = Service::at(&self.address);
        let (over, asked, resident) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
        let mut spell = Spell::default();
        thread::scope(|scope| {
            for client in 0..hostile {
                let (over, asked) = (&over, &asked);
                scope.spawn(move || self.torment(client, over, asked));
            }
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    resident.fetch_max(resident_bytes(self.pid), Ordering::Relaxed);
                    thread::park_timeout(Duration::from_millis(100));
                }
            });
            let outcome = self.watch(&service, &mut spell);
            over.store(true, Ordering::Relaxed);
            outcome
        })?;
        spell.times.sort_unstable();
        (spell.resident, spell.hostile) = (resident.into_inner(), asked.into_inner());
        Ok(spell)
    }

    /// Asks little, for the length of a spell.
    fn watch(&self, service: &Service, spell: &mut Spell) -> Result<()> {
        let ids = service.ask("SELECT order_id FROM orders LIMIT 200", &[])?.0;
        let ids: Vec<&Value> = ids.iter().filter_map(|row| row.get(0)).collect();
        ensure!(!ids.is_empty(), "the service has no orders to ask for yet");
        let (begin, applied) = (Instant::now(), consumed(&self.address)?);
        while begin.elapsed() < Duration::from_secs(self.seconds) {
            let id = ids.get(spell.times.len() % ids.len()).context("an order")?;
            let asked = Instant::now();
            if service.ask("SELECT status, total FROM orders WHERE order_id = $1", &[(*id).clone()]).is_err() {
                spell.unanswered += 1;
            }
            spell.times.push(asked.elapsed());
            thread::park_timeout(PAUSE);
        }
        spell.events = (consumed(&self.address)? - applied) as f64 / begin.elapsed().as_secs_f64();
        Ok(())
    }

    /// Asks hostile queries until it is over.
    fn torment(&self, client: usize, over: &AtomicBool, asked: &AtomicU64) {
        let service = Service::at(&self.address);
        let deep = format!("SELECT 1{}", " + 1".repeat(DEEP));
        for query in HOSTILE.iter().cycle().skip(client) {
            if over.load(Ordering::Relaxed) {
                return;
            }
            let number = asked.fetch_add(1, Ordering::Relaxed);
            let query = if *query == "DEEP" { &deep } else { *query };
            // That it fails is the point.
            let _ = match self.fresh {
                true => service.ask(&format!("{query} -- {number}"), &[]),
                false => service.ask(query, &[]),
            };
        }
    }
}

/// Resident memory of a process and its children, as far as the system tells.
fn resident_bytes(pid: u32) -> u64 {
    let field = |path: PathBuf, name: &str| -> Option<u64> {
        let text = std::fs::read_to_string(path.join("status")).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    };
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten().map(|entry| entry.path());
    let mine = processes.filter(|path| {
        path.ends_with(pid.to_string()) || field(path.clone(), "PPid:").is_some_and(|parent| parent == u64::from(pid))
    });
    mine.filter_map(|path| field(path, "VmRSS:")).sum::<u64>() << 10
}

/// Records that tasks are done with.
fn consumed(address: &str) -> Result<u64> {
    let mut answer = ureq::get(&format!("http://{address}/v1/ledger")).call()?;
    let ledger: Value = answer.body_mut().read_json()?;
    ledger.get("consumed").and_then(Value::as_u64).with_context(|| format!("no total in {ledger}"))
}
