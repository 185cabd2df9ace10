//! What the embedded log costs: CPU time per record of appending and of reading, in the whole process, with flushes
//! and compactions of the database included.
//!
//! `cargo run -p tillstream-runtime --example log_speed -- [records] [nosync|sync] [directory]`

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tillstream_runtime::log::embedded::{EmbeddedLog, EmbeddedOptions};
use tillstream_runtime::log::{Append, CleanupPolicy, Log, TopicPartition, TopicSpec};
use tillstream_stores::Headers;
use tillstream_stores::rocks::{Durability, Resources};

const PARTITIONS: u32 = 4;
const TRANSACTION: u64 = 20_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let records: u64 = arguments.next().map_or(Ok(1_000_000), |text| text.parse())?;
    let durability = match arguments.next().as_deref() {
        Some("sync") => Durability::Sync,
        _ => Durability::NoSync,
    };
    let dir = arguments.next().map_or_else(|| std::env::temp_dir().join("log_speed"), PathBuf::from);
    if dir.exists() {
        std::fs::remove_dir_all(&dir)?;
    }
    let options = EmbeddedOptions { durability, ..EmbeddedOptions::default() };
    let log = EmbeddedLog::open(&dir, options, Resources::default())?;
    let topic: Arc<str> = "orders".into();
    let policy = CleanupPolicy::Delete { retention_ms: None };
    log.create_topics(&[TopicSpec { name: Arc::clone(&topic), partitions: PARTITIONS, policy }])?;

    println!("{records} records, {durability:?}, {}", dir.display());
    let events = Measured::start("make the events alone", records);
    let bytes: usize = (0..records).map(|number| event(number).len()).sum();
    events.report(bytes);
    let appending = Measured::start("make and append", records);
    append(&log, &topic, records)?;
    appending.report(bytes);
    drop(log);

    let opening = Measured::start("open again", records);
    let log = EmbeddedLog::open(&dir, options, Resources::default())?;
    opening.report(bytes);
    for _ in 0..2 {
        let reading = Measured::start("read", records);
        let sum = read(&log, &topic, records)?;
        reading.report(bytes);
        assert_eq!(sum, bytes, "every byte is there");
    }
    let size: u64 = std::fs::read_dir(&dir)?.flatten().flat_map(|file| file.metadata()).map(|file| file.len()).sum();
    println!("{:.2} of the size on disk", size as f64 / bytes as f64);
    drop(log);
    std::fs::remove_dir_all(&dir)?;
    Ok(())
}

fn append(log: &EmbeddedLog, topic: &Arc<str>, records: u64) -> Result<(), Box<dyn Error>> {
    let mut writer = log.writer("speed")?;
    let headers = Headers::default();
    let mut slowest = Duration::ZERO;
    for number in 0..records {
        let (key, value) = (number.to_be_bytes(), event(number));
        writer.append(Append {
            topic,
            partition: (number % u64::from(PARTITIONS)) as u32,
            key: Some(&key),
            value: Some(value.as_bytes()),
            timestamp: number as i64,
            headers: &headers,
        })?;
        if number % TRANSACTION == TRANSACTION - 1 || number + 1 == records {
            let started = Instant::now();
            writer.commit()?;
            slowest = slowest.max(started.elapsed());
        }
    }
    println!("  slowest commit {slowest:?}");
    Ok(())
}

fn read(log: &EmbeddedLog, topic: &Arc<str>, records: u64) -> Result<usize, Box<dyn Error>> {
    let mut reader = log.reader()?;
    for partition in 0..PARTITIONS {
        reader.assign(&TopicPartition::new(Arc::clone(topic), partition), 0)?;
    }
    let (mut count, mut bytes) = (0, 0);
    while count < records {
        for fetched in reader.poll(Duration::from_secs(10))? {
            count += fetched.records.len() as u64;
            bytes += fetched.records.iter().flat_map(|record| &record.value).map(|value| value.len()).sum::<usize>();
        }
    }
    Ok(bytes)
}

/// An order of three lines, 359 bytes, as little compressible as real ones: ids and amounts differ.
fn event(number: u64) -> String {
    let mut state = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut random = |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    let mut line = || {
        let (product, category, amount) = (random(90_000) + 10_000, random(90) + 10, random(90_000) + 10_000);
        format!(
            r#"{{"product_id":"p-{product}","category":"c-{category}","quantity":{},"price":"{amount}.{}"}}"#,
            amount % 9,
            product % 90 + 10
        )
    };
    let (a, b, c) = (line(), line(), line());
    let (user, time) = (random(900_000) + 100_000, 1_700_000_000_000 + number);
    let mut event = format!(
        r#"{{"event_id":"{:016x}","order_id":"o-{number:09}","user_id":"u-{user}","at":{time},"lines":[{a},{b},{c}]}}"#,
        random(u64::MAX)
    );
    while event.len() < 359 {
        event.push(' ');
    }
    event
}

/// Wall and CPU time of a stretch of work. CPU time is that of all threads, from `/proc/self/stat`.
struct Measured {
    what: &'static str,
    records: u64,
    wall: Instant,
    cpu_ms: u64,
}

impl Measured {
    fn start(what: &'static str, records: u64) -> Self {
        Self { what, records, wall: Instant::now(), cpu_ms: cpu_ms() }
    }

    fn report(self, bytes: usize) {
        let (wall, cpu) = (self.wall.elapsed().as_secs_f64(), (cpu_ms() - self.cpu_ms) as f64 / 1e3);
        let per_record = |seconds: f64| seconds * 1e9 / self.records as f64;
        println!(
            "{:24} {:7.0} ns wall, {:7.0} ns CPU a record; {:6.0} MB/s",
            self.what,
            per_record(wall),
            per_record(cpu),
            bytes as f64 / 1e6 / wall
        );
    }
}

/// User and system time of this process in milliseconds; 0 where there is no `/proc`.
fn cpu_ms() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
    // A tick is a hundredth of a second on Linux.
    (ticks(11) + ticks(12)) * 10
}
