//! One query process, from the service's side.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::Pid;
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use super::effort::{Effort, HARDLY};
use super::frame::{Message, Order, Start};
use super::governor::{Governor, Held};
use super::lane::Lane;
use super::outcome::{Outcome, reason};
use super::pipes::{receive, send};
use super::scans::{Feed, Scans};
use super::threads::Threads;
use crate::error::SqlError;
use crate::job::{Event, Job};
use crate::limits::Limits;
use crate::service::{too_long, too_many};
use crate::tables::About;

/// Frames on their way in each direction.
const FRAMES: usize = 4;

/// How long a process that closed its output may take to be gone, so that it can be told why.
const GOING: Duration = Duration::from_millis(500);

/// A query process at work, or waiting for work.
#[derive(Debug)]
pub(super) struct Process {
    /// Before the process: see [`Held`].
    held: Option<Held>,
    governor: Arc<Governor>,
    child: Child,
    /// When the query it is at began, and how long it had run and waited for a core before.
    begin: Instant,
    before: [Duration; 2],
    /// Whether it has a priority it cannot raise again.
    stands_back: bool,
    orders: mpsc::Sender<Order>,
    messages: mpsc::Receiver<Message>,
}

impl Process {
    /// Starts a process. Call it on a runtime.
    pub(super) async fn start(
        program: &Path,
        arguments: &[String],
        tables: &[About],
        governor: &Arc<Governor>,
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
        Ok(Self {
            held: None,
            governor: Arc::clone(governor),
            child,
            begin: Instant::now(),
            before: [Duration::ZERO; 2],
            stands_back: false,
            orders,
            messages,
        })
    }

    /// Whether it still runs.
    pub(super) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Ends it at once.
    pub(super) fn kill(mut self) {
        self.held = None;
        let _ = self.child.start_kill();
        // Waited for, so that the system forgets it.
        tokio::spawn(async move { self.child.wait().await });
    }

    /// Has it run a query. What comes of it is sent, but why it was ended.
    pub(super) async fn drive(
        &mut self,
        job: Job,
        events: &mpsc::Sender<Event>,
        feed: &Feed,
        lane: &mut Lane,
        limits: &Limits,
    ) -> Outcome {
        self.held = None;
        (self.begin, self.before) = (Instant::now(), self.threads().times());
        let (mut sent, mut scans, look) = (false, Scans::default(), limits.quick_time / HARDLY);
        let (mut look_at, deadline) = (self.begin + look, self.begin + limits.time_limit);
        // One that was kept may be deaf by now: it takes no longer than a query may to find out.
        match timeout_at(deadline, self.orders.send(Order::Run(Box::new(job)))).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return self.gone().await,
            Err(_) => return Outcome::Ended(too_long(limits)),
        }
        loop {
            let message = tokio::select! {
                message = self.messages.recv() => message,
                () = events.closed() => return Outcome::Left,
                () = sleep_until(deadline) => return Outcome::Ended(too_long(limits)),
                () = sleep_until(look_at), if !self.stands_back => {
                    look_at += look;
                    if self.may_go_on(lane, limits.quick_time) {
                        continue;
                    }
                    return if sent { Outcome::Ended(too_many()) } else { Outcome::TooSlow };
                }
            };
            let Some(message) = message else { return self.gone().await };
            let Some(event) = self.serve(message, &mut scans, feed) else { continue };
            let last = matches!(event, Event::Done(_) | Event::Failed(_));
            sent = true;
            match timeout_at(deadline, events.send(event)).await {
                Ok(Ok(())) if last && !self.stands_back => {
                    self.held = None;
                    return Outcome::Answered;
                }
                Ok(Ok(())) if last => return Outcome::AnsweredLate,
                Ok(Ok(())) => {}
                // Whoever asked has left.
                Ok(Err(_)) => return Outcome::Left,
                // Or does not take what comes.
                Err(_) => return Outcome::Ended(too_long(limits)),
            }
        }
    }

    /// Whether the query may go on: it is young still, or there is a place for it among those that take longer.
    fn may_go_on(&mut self, lane: &mut Lane, quick_time: Duration) -> bool {
        let effort = self.effort();
        if !effort.hardly_ran(quick_time) {
            self.hold();
        }
        if !effort.is_young(quick_time) && lane.is_quick() && !lane.promote() {
            return false;
        }
        // A light one is only late, and would be later still.
        if !effort.is_light(quick_time) && !lane.is_quick() {
            self.stand_back();
        }
        true
    }

    /// Gives it the rows it asks for; answers what is for whoever asked the query.
    fn serve(&self, message: Message, scans: &mut Scans, feed: &Feed) -> Option<Event> {
        match message {
            Message::Scan(scan, order) => scans.begin(scan, &order, feed, &self.orders),
            Message::Next(scan) => scans.next(scan),
            Message::Enough(scan) => scans.end(scan),
            Message::Head(columns) => return Some(Event::Head(columns)),
            Message::Chunk(chunk) => return Some(Event::Chunk(chunk)),
            Message::Done(summary) => return Some(Event::Done(summary)),
            Message::Failed(error) => return Some(Event::Failed(error)),
        }
        None
    }

    /// What the query it was given last has taken; nothing of a core when it has ended by itself.
    pub(super) fn effort(&self) -> Effort {
        let ([ran, waited], [ran_before, waited_before]) = (self.threads().times(), self.before);
        Effort {
            age: self.begin.elapsed(),
            ran: ran.saturating_sub(ran_before),
            waited: waited.saturating_sub(waited_before),
        }
    }

    /// Has it take what others leave.
    fn stand_back(&mut self) {
        self.threads().stand_back();
        self.stands_back = true;
        self.hold();
    }

    /// Has it run for as much of its time as processing leaves.
    fn hold(&mut self) {
        if self.held.is_none() {
            let process = self.child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?));
            self.held = process.map(|process| self.governor.hold(process));
        }
    }

    fn threads(&self) -> Threads {
        Threads(self.child.id())
    }

    /// The process has ended by itself.
    async fn gone(&mut self) -> Outcome {
        self.held = None;
        let status = timeout(GOING, self.child.wait()).await.ok().and_then(Result::ok);
        Outcome::Ended(reason(status))
    }
}

#[cfg(test)]
mod tests;
