//! What an update costs: `cargo run -p tillstream-stores --example store_speed`.
//!
//! One million updates of counters over 200,000 keys, a commit each 20,000 updates; nanoseconds of
//! processor time an update, by part, without the engine's background threads. An
//! argument (`hot`, `warm`, `cold`, `caching`, `memory`, `windows`, `join`) runs one case alone.
#![expect(clippy::print_stdout, reason = "a program for the terminal")]

use std::cell::RefCell;
use std::error::Error;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tillstream_stores::rocks::Resources;
use tillstream_stores::{
    Backend, CommitMeta, Headers, KeyValueBuilder, KeyValueStore, Position, StateStore, StoreBuilder, StoreOptions,
    TaskState, ValueAndTimestamp, WindowBuilder, WindowOptions, WindowStore, i64_be, json, utf8,
};

const UPDATES: u64 = 1_000_000;
const KEYS: u64 = 200_000;
const COMMIT_EVERY: u64 = 20_000;

#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
struct Revenue {
    orders: u64,
    units: u64,
    cents: i64,
}

/// Processor time of this thread: other programs on the machine do not disturb it. Linux only; 0 elsewhere.
fn cpu_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text.split_whitespace().next().and_then(|word| word.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}

#[derive(Default)]
struct Spent {
    update: Duration,
    stage: Duration,
    apply: Duration,
}

impl Spent {
    fn report(&self, what: &str) {
        let ns = |part: Duration| part.as_nanos() / u128::from(UPDATES);
        let (update, stage, apply) = (ns(self.update), ns(self.stage), ns(self.apply));
        println!("{what:<44} {:>6} = update {update:>5} + stage {stage:>5} + apply {apply:>5}", update + stage + apply);
    }
}

struct Task<S> {
    state: TaskState,
    store: Rc<RefCell<S>>,
    stores: Vec<Rc<RefCell<dyn StateStore>>>,
    offset: i64,
    _directory: tempfile::TempDir,
}

impl<S: 'static> Task<S> {
    fn open(builder: &Arc<dyn StoreBuilder>) -> Result<Self, Box<dyn Error>> {
        let directory = tempfile::tempdir()?;
        let resources = Resources::new(256 << 20, 50, 512);
        let state = TaskState::open(Some(directory.path()), &[Arc::clone(builder)], &resources)?;
        let built = builder.build(&state)?;
        let store = built.typed.downcast().map_err(|_| "another type")?;
        Ok(Self { state, store, stores: vec![built.store], offset: 0, _directory: directory })
    }

    fn commit(&mut self, name: &str, spent: &mut Spent) -> Result<(), Box<dyn Error>> {
        let start = cpu_time();
        let staged = self.state.stage(&self.stores)?;
        spent.stage += cpu_time().saturating_sub(start);
        self.offset += i64::try_from(staged.changelog.len())?;
        let mut position = Position::new();
        position.set("input", 0, self.offset);
        let changelog_offsets = vec![(name.to_owned(), self.offset)];
        let start = cpu_time();
        self.state.apply(staged, CommitMeta { changelog_offsets, position, ..CommitMeta::default() }, &self.stores)?;
        spent.apply += cpu_time().saturating_sub(start);
        Ok(())
    }

    fn run(
        &mut self,
        name: &str,
        mut update: impl FnMut(&mut S, u64) -> Result<(), tillstream_stores::Error>,
    ) -> Result<Spent, Box<dyn Error>> {
        let mut spent = Spent::default();
        let mut random = 1_u64;
        for chunk in 0..UPDATES / COMMIT_EVERY {
            let start = cpu_time();
            let mut store = self.store.borrow_mut();
            for number in 0..COMMIT_EVERY {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                update(&mut store, (random >> 33) % KEYS + ((chunk * COMMIT_EVERY + number) << 32))?;
            }
            drop(store);
            spent.update += cpu_time().saturating_sub(start);
            self.commit(name, &mut spent)?;
        }
        Ok(spent)
    }
}

fn options(backend: Backend, cache_bytes: usize) -> StoreOptions {
    StoreOptions { backend, cache_bytes, ..StoreOptions::new("s") }
}

fn key_value(what: &str, options: StoreOptions) -> Result<(), Box<dyn Error>> {
    let mut task: Task<KeyValueStore<String, Revenue>> =
        Task::open(&(Arc::new(KeyValueBuilder::new(options, utf8(), json::<Revenue>())) as Arc<dyn StoreBuilder>))?;
    let mut key = String::new();
    let spent = task.run("s", |store, random| {
        key.clear();
        std::fmt::Write::write_fmt(&mut key, format_args!("user-{:08}", random & 0xffff_ffff)).unwrap_or_default();
        store.update(&key, &Headers::new(), |current| {
            let mut row = current.unwrap_or_else(|| ValueAndTimestamp::new(Revenue::default(), 0));
            row.value.orders += 1;
            row.value.cents += 1999;
            Ok(Some(row))
        })
    })?;
    spent.report(what);
    println!("{:44} {:?}", "", task.store.borrow().stats());
    Ok(())
}

fn windows(what: &str, cache_bytes: usize) -> Result<(), Box<dyn Error>> {
    let windows = WindowOptions { retention_ms: 7_200_000, window_size_ms: 3_600_000, retain_duplicates: false };
    let builder = WindowBuilder::new(options(Backend::Rocks, cache_bytes), windows, utf8(), i64_be());
    let mut task: Task<WindowStore<String, i64>> = Task::open(&(Arc::new(builder) as Arc<dyn StoreBuilder>))?;
    let spent = task.run("s", |store, random| {
        let (category, time) = (format!("category-{}", random & 0xff), i64::try_from(random >> 32).unwrap_or(0) * 100);
        store
            .update(&category, time / 3_600_000 * 3_600_000, &Headers::new(), |current| {
                let mut row = current.unwrap_or_else(|| ValueAndTimestamp::new(0, time));
                row.value += 1;
                Ok(Some(row))
            })
            .map(|_| ())
    })?;
    spent.report(what);
    Ok(())
}

fn join(what: &str) -> Result<(), Box<dyn Error>> {
    let windows = WindowOptions { retention_ms: 7_200_000, window_size_ms: 3_600_000, retain_duplicates: true };
    let builder = WindowBuilder::new(options(Backend::Rocks, 32 << 20), windows, utf8(), i64_be());
    let mut task: Task<WindowStore<String, i64>> = Task::open(&(Arc::new(builder) as Arc<dyn StoreBuilder>))?;
    let mut matches = 0_u64;
    let spent = task.run("s", |store, random| {
        let (order, time) = (format!("order-{:08}", random >> 33), i64::try_from(random >> 32).unwrap_or(0) * 10);
        store.fetch_range(&order, time - 600_000, time + 600_000, &mut |_, _| {
            matches += 1;
            ControlFlow::Continue(())
        })?;
        store.put(&order, time, Some(ValueAndTimestamp::new(1, time)), &Headers::new())?;
        Ok(())
    })?;
    spent.report(what);
    println!("{:44} matches {matches}, {:?}", "", task.store.borrow().stats());
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("{UPDATES} updates, {KEYS} keys, a commit each {COMMIT_EVERY}; ns an update");
    let only = std::env::args().nth(1);
    let wanted = |name: &str| only.as_deref().is_none_or(|only| only == name);
    let rocks = |cache_bytes| options(Backend::Rocks, cache_bytes);
    if wanted("hot") {
        key_value("key-value, RocksDB, all rows at hand", rocks(128 << 20))?;
    }
    if wanted("warm") {
        key_value("key-value, RocksDB, 8 MiB of rows at hand", rocks(8 << 20))?;
    }
    if wanted("cold") {
        key_value("key-value, RocksDB, no rows at hand", rocks(0))?;
    }
    if wanted("caching") {
        key_value("key-value, RocksDB, at hand, caching", StoreOptions { caching: true, ..rocks(128 << 20) })?;
    }
    if wanted("memory") {
        key_value("key-value, memory", options(Backend::Memory, 8 << 20))?;
    }
    if wanted("windows") {
        windows("256 categories by hour", 8 << 20)?;
    }
    if wanted("join") {
        join("join: fetch_range and put, two a key")?;
    }
    Ok(())
}
