//! The query process: one engine, one query at a time, rows from the service.

use std::collections::HashMap;
use std::io::{self, BufReader, BufWriter, Write as _};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use rustix::process::{Resource, Rlimit, setrlimit};
use tokio::runtime::Builder;
use tokio::sync::mpsc;

use super::frame::{self, Message, Order, ScanOrder, Start};
use crate::engine::{Batches, Engine, Source};
use crate::error::SqlError;
use crate::formats::ipc;
use crate::job::{Event, Job};
use crate::limits::Limits;
use crate::scanner::be_nice;
use crate::service::STACK_BYTES;
use crate::tables::Wanted;

/// Batches of a scan that may be on their way.
const CREDIT: usize = 2;

/// Threads that work on the query.
const THREADS: usize = 2;

/// Serves queries over standard input and output until the service closes them.
///
/// # Errors
/// When the pipes fail, or what comes over them is no query.
pub fn serve() -> io::Result<()> {
    let mut input = BufReader::new(io::stdin());
    let Some(first) = frame::read(&mut input)? else { return Ok(()) };
    let Order::Start(start) = Order::of(first)? else { return Err(io::Error::other("no start")) };
    let Start { limits, tables } = *start;
    confine(&limits);
    let source: Arc<Remote> = Arc::default();
    let engine =
        Engine::new(tables, Arc::new(Arc::clone(&source)) as Arc<dyn Source>, limits).map_err(io::Error::other)?;
    let engine = Arc::new(engine);
    let runtime = Builder::new_multi_thread()
        .worker_threads(THREADS)
        .thread_stack_size(STACK_BYTES)
        .thread_name("sql")
        .enable_time()
        .build()?;
    while let Some(parts) = frame::read(&mut input)? {
        match Order::of(parts)? {
            Order::Run(job) => {
                let (engine, source) = (Arc::clone(&engine), Arc::clone(&source));
                runtime.spawn(async move { run(&engine, &source, &job).await });
            }
            Order::Batch(scan, batch) => source.arrived(scan, Some(ipc::decode(&batch))),
            Order::ScanEnd(scan, None) => source.arrived(scan, None),
            Order::ScanEnd(scan, Some(error)) => source.arrived(scan, Some(Err(error))),
            Order::Start(_) => return Err(io::Error::other("started twice")),
        }
    }
    // The service is gone, or wants this process gone: a query that is still running is nobody's.
    std::process::exit(0);
}

/// Takes from this process what a query might misuse. Where the system refuses, the engine's own limits stand.
fn confine(limits: &Limits) {
    be_nice(limits.niceness);
    // It may stand still when the service ends, and would for ever.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::Kill));
    let bytes = |most| Rlimit { current: Some(most), maximum: Some(most) };
    let _ = setrlimit(Resource::Data, bytes(limits.process_memory));
    let _ = setrlimit(Resource::Core, bytes(0));
    // Nothing is ever written to a file.
    let _ = setrlimit(Resource::Fsize, bytes(0));
}

async fn run(engine: &Arc<Engine>, source: &Arc<Remote>, job: &Job) {
    let (sender, mut events) = mpsc::channel(1);
    let (engine, job) = (Arc::clone(engine), job.clone());
    let query = tokio::spawn(async move { engine.run(&job, &sender).await });
    let mut ended = false;
    while let Some(event) = events.recv().await {
        let message = match event {
            Event::Head(columns) => Message::Head(columns),
            Event::Chunk(chunk) => Message::Chunk(chunk),
            Event::Done(summary) => Message::Done(summary),
            Event::Failed(error) => Message::Failed(error),
        };
        ended = matches!(message, Message::Done(_) | Message::Failed(_));
        source.forget_if(ended);
        source.send(message);
    }
    if !ended {
        let cause = query.await.err().map_or_else(String::new, |error| error.to_string());
        source.forget_if(true);
        source.send(Message::Failed(SqlError::new(crate::ErrorKind::Failed, format!("the query failed: {cause}"))));
    }
}

type Scans = HashMap<u32, mpsc::Sender<Result<RecordBatch, SqlError>>>;

/// Rows from the service.
#[derive(Debug, Default)]
struct Remote {
    next: AtomicU32,
    /// std's locks: held for a look-up, and while a frame is written.
    scans: Mutex<Scans>,
    out: Mutex<()>,
}

impl Remote {
    fn send(&self, message: Message) {
        let _turn = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        let mut out = BufWriter::new(io::stdout().lock());
        let sent = message.into_parts().and_then(|parts| frame::write(&mut out, &parts)).and_then(|()| out.flush());
        if sent.is_err() {
            // Nobody listens: there is nothing left to do.
            std::process::exit(0);
        }
    }

    /// A batch came, or `None`: the end.
    fn arrived(&self, scan: u32, batch: Option<Result<RecordBatch, SqlError>>) {
        let mut scans = self.scans.lock().unwrap_or_else(PoisonError::into_inner);
        match batch {
            // There is room: no more come than were asked for.
            Some(batch) => {
                if let Some(sender) = scans.get(&scan) {
                    let _ = sender.try_send(batch);
                }
            }
            None => drop(scans.remove(&scan)),
        }
    }

    /// Behind the last event of a query its scans are over.
    fn forget_if(&self, ended: bool) {
        if ended {
            self.scans.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }
}

impl Source for Arc<Remote> {
    fn scan(&self, table: &str, wanted: Wanted) -> Batches {
        let scan = self.next.fetch_add(1, Ordering::Relaxed);
        // Room for what may be on its way, and for an error behind it.
        let (sender, mut arrived) = mpsc::channel(CREDIT + 1);
        self.scans.lock().unwrap_or_else(PoisonError::into_inner).insert(scan, sender);
        self.send(Message::Scan(scan, Box::new(ScanOrder { table: table.to_owned(), wanted })));
        (0..CREDIT).for_each(|_| self.send(Message::Next(scan)));
        let (handed_on, batches) = mpsc::channel(1);
        let source = Arc::clone(self);
        tokio::spawn(async move {
            while let Some(batch) = arrived.recv().await {
                if handed_on.send(batch).await.is_err() {
                    source.send(Message::Enough(scan));
                    source.arrived(scan, None);
                    return;
                }
                source.send(Message::Next(scan));
            }
        });
        batches
    }
}
