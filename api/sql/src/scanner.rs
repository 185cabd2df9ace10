//! Reads tables off the stream threads: a thread a scan, on committed snapshots, as fast as whoever asked takes the rows.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::mpsc;

use crate::engine::{Batches, Source};
use crate::error::SqlError;
use crate::limits::Limits;
use crate::tables::{Catalog, Sink, State, Wanted};

/// Batches read ahead of whoever takes them.
const READ_AHEAD: usize = 2;

/// How long a scan waits for its batch to be taken before it looks whether the task is being closed.
const LOOK: Duration = Duration::from_millis(20);

/// How long a thread without a scan is kept.
const IDLE: Duration = Duration::from_secs(30);

/// Reads tables on threads of its own.
#[derive(Debug)]
pub struct Scanner {
    catalog: Catalog,
    state: State,
    handle: Handle,
    /// `Some` until it is dropped.
    runtime: Option<Runtime>,
}

impl Scanner {
    /// Reads the tables of `catalog` from `state`.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn new(catalog: Catalog, state: State, limits: &Limits) -> std::io::Result<Self> {
        let niceness = limits.niceness;
        let queries = limits.quick_queries + limits.slow_queries;
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(limits.max_scans.saturating_mul(queries).clamp(1, 4096))
            .thread_keep_alive(IDLE)
            .thread_name("sql-scan")
            // Reading for a query gives way to processing, as the query does.
            .on_thread_start(move || be_nice(niceness))
            .enable_time()
            .build()?;
        Ok(Self { catalog, state, handle: runtime.handle().clone(), runtime: Some(runtime) })
    }

    pub(crate) fn catalog(&self) -> &Catalog {
        &self.catalog
    }
}

impl Drop for Scanner {
    fn drop(&mut self) {
        // It may be dropped where waiting is not allowed; the scans end by themselves, since nobody takes their rows.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Lowers the priority of the calling thread; of no thread is it ever raised.
pub(crate) fn be_nice(niceness: i32) {
    // Linux counts a thread as a process here. Elsewhere it may be refused: then the priority stays what it is.
    let _ = rustix::process::setpriority_process(None, niceness);
}

impl Source for Scanner {
    fn scan(&self, table: &str, wanted: Wanted) -> Batches {
        let (sender, receiver) = mpsc::channel(READ_AHEAD);
        let Some(table) = self.catalog.get(table).map(Arc::clone) else {
            let error = SqlError::internal("a table is missing", &table);
            let _ = sender.try_send(Err(error));
            return receiver;
        };
        let (state, handle) = (self.state.clone(), self.handle.clone());
        self.handle.spawn_blocking(move || {
            let mut outlet = Outlet { sender, handle };
            if let Err(error) = table.scan(&state, &wanted, &mut outlet) {
                outlet.fail(error);
            }
        });
        receiver
    }
}

/// Where batches go out.
struct Outlet {
    sender: mpsc::Sender<Result<RecordBatch, SqlError>>,
    handle: Handle,
}

impl Outlet {
    fn fail(&self, error: SqlError) {
        let _ = self.sender.blocking_send(Err(error));
    }
}

impl Sink for Outlet {
    fn take(&mut self, batch: RecordBatch, given_up: &dyn Fn() -> bool) -> ControlFlow<()> {
        loop {
            match self.handle.block_on(async { tokio::time::timeout(LOOK, self.sender.reserve()).await }) {
                Ok(Ok(place)) => {
                    place.send(Ok(batch));
                    return ControlFlow::Continue(());
                }
                // Nobody listens any more.
                Ok(Err(_)) => return ControlFlow::Break(()),
                Err(_) if given_up() => return ControlFlow::Break(()),
                Err(_) => {}
            }
        }
    }

    fn wants_more(&self) -> bool {
        !self.sender.is_closed()
    }
}
