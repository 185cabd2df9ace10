//! One query process, from the service's side.

use std::collections::HashMap;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rustix::process::{Pid, setpriority_process};
use tokio::io::BufReader;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use super::frame::{self, Message, Order, ScanOrder, Start};
use super::pool::Lane;
use crate::engine::{Batches, Source};
use crate::error::{ErrorKind, SqlError};
use crate::formats::ipc;
use crate::job::{Event, Job};
use crate::limits::Limits;
use crate::service::{too_long, too_many};
use crate::tables::About;

/// Frames on their way in each direction.
const FRAMES: usize = 4;

/// How long a process that closed its output may take to be gone, so that it can be told why.
const GOING: Duration = Duration::from_millis(500);

/// Priority of queries that take long, as `nice` counts it.
const LOWEST: i32 = 19;

/// A query process at work, or waiting for work.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    orders: mpsc::Sender<Order>,
    messages: mpsc::Receiver<Message>,
}

/// What became of a query, and with it of its process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is answered; the process takes the next.
    Answered,
    /// It is answered, but took long: the process has a priority it cannot raise again, and must go.
    AnsweredLate,
    /// It takes longer than a young one may, nothing of it has gone out, and there is no place for it now.
    TooSlow,
    /// It was ended; the process must go.
    Ended,
}

impl Process {
    /// Starts a process. Call it on a runtime.
    pub(super) async fn start(
        program: &Path,
        arguments: &[String],
        tables: &[About],
        limits: &Limits,
    ) -> Result<Self, SqlError> {
        let failed = |error| SqlError::internal("a query process cannot be started", &error);
        let mut command = Command::new(program);
        // It needs nothing of the service's surroundings but where its libraries are. What it says when it dies is of no use: it may
        // not write to files, and how it ended is told to whoever asked.
        command
            .args(arguments)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        command.envs(std::env::var_os("LD_LIBRARY_PATH").map(|path| ("LD_LIBRARY_PATH", path)));
        let mut child = command.spawn().map_err(failed)?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(SqlError::internal("a query process has no pipes", &"stdin or stdout is missing"));
        };
        let (orders, to_send) = mpsc::channel(FRAMES);
        let (received, messages) = mpsc::channel(FRAMES);
        tokio::spawn(send(input, to_send));
        tokio::spawn(receive(output, received));
        let start = Start { limits: limits.clone(), tables: tables.to_vec() };
        let _ = orders.send(Order::Start(Box::new(start))).await;
        Ok(Self { child, orders, messages })
    }

    /// Whether it still runs.
    pub(super) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Ends it at once.
    pub(super) fn kill(mut self) {
        let _ = self.child.start_kill();
        // Waited for, so that the system forgets it.
        tokio::spawn(async move { self.child.wait().await });
    }

    /// Has it run a query; whatever happens, the last event is sent, unless the query is to be begun anew.
    pub(super) async fn drive(
        &mut self,
        job: Job,
        events: &mpsc::Sender<Event>,
        source: &Arc<dyn Source>,
        lane: &mut Lane,
        limits: &Limits,
    ) -> Outcome {
        let (begin, mut sent, mut scans) = (Instant::now(), false, Scans::default());
        if !lane.is_quick() {
            self.stand_back();
        }
        let (quick_until, deadline) = (begin + limits.quick_time, begin + limits.time_limit);
        if self.orders.send(Order::Run(Box::new(job))).await.is_err() {
            return self.gone(events).await;
        }
        loop {
            let message = tokio::select! {
                message = self.messages.recv() => message,
                () = events.closed() => return Outcome::Ended,
                () = sleep_until(deadline) => return end(events, too_long(limits)).await,
                () = sleep_until(quick_until), if lane.is_quick() => {
                    if lane.promote() {
                        self.stand_back();
                        continue;
                    }
                    return if sent { end(events, too_many()).await } else { Outcome::TooSlow };
                }
            };
            let event = match message {
                None => return self.gone(events).await,
                Some(Message::Scan(scan, order)) => {
                    scans.begin(scan, &order, source, &self.orders);
                    continue;
                }
                Some(Message::Next(scan)) => {
                    scans.next(scan);
                    continue;
                }
                Some(Message::Enough(scan)) => {
                    scans.end(scan);
                    continue;
                }
                Some(Message::Head(columns)) => Event::Head(columns),
                Some(Message::Chunk(chunk)) => Event::Chunk(chunk),
                Some(Message::Done(summary)) => Event::Done(summary),
                Some(Message::Failed(error)) => Event::Failed(error),
            };
            let last = matches!(event, Event::Done(_) | Event::Failed(_));
            sent = true;
            match timeout_at(deadline, events.send(event)).await {
                Ok(Ok(())) if last && lane.is_quick() => return Outcome::Answered,
                Ok(Ok(())) if last => return Outcome::AnsweredLate,
                Ok(Ok(())) => {}
                // Whoever asked has left.
                Ok(Err(_)) => return Outcome::Ended,
                // Or does not take what comes.
                Err(_) => return end(events, too_long(limits)).await,
            }
        }
    }

    /// Gives the process the lowest priority there is: queries that take long take what others leave.
    fn stand_back(&self) {
        let tasks = self.child.id().and_then(|id| std::fs::read_dir(format!("/proc/{id}/task")).ok());
        for task in tasks.into_iter().flatten().flatten() {
            // On Linux each thread has a priority of its own. What ends meanwhile needs none.
            let thread = task.file_name().to_str().and_then(|name| name.parse().ok()).and_then(Pid::from_raw);
            let _ = thread.map(|thread| setpriority_process(Some(thread), LOWEST));
        }
    }

    /// The process has ended by itself.
    async fn gone(&mut self, events: &mpsc::Sender<Event>) -> Outcome {
        let status = timeout(GOING, self.child.wait()).await.ok().and_then(Result::ok);
        end(events, reason(status)).await
    }
}

async fn end(events: &mpsc::Sender<Event>, error: SqlError) -> Outcome {
    // Whoever does not take what comes learns it from the end of the channel.
    let _ = timeout(GOING, events.send(Event::Failed(error))).await;
    Outcome::Ended
}

fn reason(status: Option<ExitStatus>) -> SqlError {
    let how = match status.map(|status| (status.signal(), status.code())) {
        Some((Some(signal), _)) => format!("signal {signal}"),
        Some((_, Some(code))) => format!("exit code {code}"),
        _ => "for no known reason".to_owned(),
    };
    let message =
        format!("the query ended its process ({how}): it needs more memory than it may have, or goes too deep");
    SqlError::new(ErrorKind::Memory, message).with_hint("ask for less at a time, or raise sql.process_memory")
}

async fn send(mut input: ChildStdin, mut orders: mpsc::Receiver<Order>) {
    while let Some(order) = orders.recv().await {
        let Ok(parts) = order.into_parts() else { return };
        if frame::send(&mut input, &parts).await.is_err() {
            return;
        }
    }
}

async fn receive(output: ChildStdout, messages: mpsc::Sender<Message>) {
    let mut output = BufReader::with_capacity(64 << 10, output);
    while let Ok(Some(parts)) = frame::receive(&mut output).await {
        let Ok(message) = Message::of(parts) else { return };
        if messages.send(message).await.is_err() {
            return;
        }
    }
}

/// The scans of a query. They end with it.
#[derive(Debug, Default)]
struct Scans(HashMap<u32, mpsc::UnboundedSender<()>>);

impl Scans {
    fn begin(&mut self, scan: u32, order: &ScanOrder, source: &Arc<dyn Source>, orders: &mpsc::Sender<Order>) {
        let batches = source.scan(&order.table, order.wanted.clone());
        // Bounded by the process: it asks for a batch when it has taken one.
        let (credit, credits) = mpsc::unbounded_channel();
        self.0.insert(scan, credit);
        tokio::spawn(forward(scan, batches, credits, orders.clone()));
    }

    fn next(&self, scan: u32) {
        self.0.get(&scan).map(|credit| credit.send(()));
    }

    fn end(&mut self, scan: u32) {
        self.0.remove(&scan);
    }
}

/// Hands batches over as they are asked for.
async fn forward(
    scan: u32,
    mut batches: Batches,
    mut credits: mpsc::UnboundedReceiver<()>,
    orders: mpsc::Sender<Order>,
) {
    while credits.recv().await.is_some() {
        let order = match batches.recv().await {
            Some(Ok(batch)) => match ipc::encode(&batch) {
                Ok(bytes) => Order::Batch(scan, Bytes::from(bytes)),
                Err(error) => Order::ScanEnd(scan, Some(error)),
            },
            Some(Err(error)) => Order::ScanEnd(scan, Some(error)),
            None => Order::ScanEnd(scan, None),
        };
        let last = matches!(order, Order::ScanEnd(..));
        if orders.send(order).await.is_err() || last {
            return;
        }
    }
}
