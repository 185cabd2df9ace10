//! `tillstream demo`: a year of real sales, replayed and served.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tillstream_runtime::ApplicationState;

use crate::configuration::{ConfigArgs, flag};
use crate::demo::{Replayer, Speed, Summary, find_source};
use crate::logging;
use crate::service::{Service, Serving};
use crate::shutdown::Shutdown;
use crate::terminal::{ReplayBar, print};

/// How long the summary waits for a model of the whole history.
const LEARN_PATIENCE: Duration = Duration::from_secs(60);

/// Time between two looks at how far processing is.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Replays a year of real sales (Online Retail) through the whole shop and serves the answers; ctrl-C stops, the next start
/// goes on where it stopped.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tillstream demo                          as fast as it goes, then look at http://127.0.0.1:8080
  tillstream demo --speed 3600             an hour of history a second
  tillstream demo --once > totals.json     replay, print the totals, exit
  tillstream demo --data /tmp/shop --listen 127.0.0.1:9000")]
pub(super) struct DemoArgs {
    /// So many times as fast as it happened, or max.
    #[arg(long, value_name = "N|max", default_value = "max")]
    speed: Speed,
    /// Directory of the log and the state.
    #[arg(long, value_name = "DIR", default_value = "./data/demo")]
    data: PathBuf,
    /// Address and port of HTTP [http.listen].
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Replay, wait until all is processed, print a summary as JSON, exit.
    #[arg(long)]
    once: bool,
    /// The sales history, if it is not found by itself.
    #[arg(long, value_name = "FILE")]
    source: Option<PathBuf>,
}

impl DemoArgs {
    pub(super) fn run(&self, configuration: &ConfigArgs) -> anyhow::Result<()> {
        let source = find_source(self.source.as_deref())?;
        let flags: Vec<String> = [
            flag("application.data_dir", Some(self.data.display())),
            flag("application.replay", Some(true)),
            flag("http.listen", self.listen),
        ]
        .into_iter()
        .flatten()
        .collect();
        // A killed process loses nothing either way; a power cut may cost the demo a second.
        let loaded = configuration.load_with_defaults(&flags, &[("log.fsync", "interval")])?;
        logging::start(&loaded.config.logging, true)?;
        let config = loaded.config.clone();
        let shutdown = Shutdown::default();
        let service = Service::start(loaded)?;
        let serving = service.serve(&shutdown)?;
        eprintln!("Replaying {} on http://{}", source.display(), serving.address);
        let replayer = Replayer {
            source,
            speed: self.speed,
            log: Arc::clone(&service.log),
            config,
            progress: Arc::clone(&service.replay),
            shutdown: shutdown.clone(),
        };
        let outcome = self.replay_and_serve(&service, serving, replayer, &shutdown);
        let stopped = service.stop();
        outcome?;
        anyhow::ensure!(stopped, "processing did not end in time");
        Ok(())
    }

    fn replay_and_serve(
        &self,
        service: &Service,
        serving: Serving,
        replayer: Replayer,
        shutdown: &Shutdown,
    ) -> anyhow::Result<()> {
        let outcome = replay(service, replayer, shutdown).and_then(|run| match run {
            Some(run) => self.report(service, &serving, &run),
            None => Ok(()),
        });
        // Served until ctrl-C; not if there is nothing to wait for.
        if self.once || outcome.is_err() {
            shutdown.request();
        }
        serving.wait();
        outcome
    }

    fn report(&self, service: &Service, serving: &Serving, run: &Run) -> anyhow::Result<()> {
        if !service.learning.train_now(LEARN_PATIENCE) {
            tracing::warn!("there is no model yet; recommendations are what most have bought");
        }
        let summary = Summary::read(service, run.events, run.seconds)?;
        if self.once {
            print(format_args!("{}\n", serde_json::to_string_pretty(&summary)?))?;
        } else {
            let addresses = summary.addresses(serving.address, serving.postgres_address);
            print(format_args!("{summary}\n{addresses}\n"))?;
        }
        Ok(())
    }
}

/// A replay that came to its end.
struct Run {
    /// Events published by this run.
    events: u64,
    seconds: f64,
}

/// Publishes and waits until all is processed; `None` when the program should stop before.
fn replay(service: &Service, replayer: Replayer, shutdown: &Shutdown) -> anyhow::Result<Option<Run>> {
    let begin = Instant::now();
    let (progress, source) = (Arc::clone(&service.replay), replayer.source.clone());
    let bar = ReplayBar::start(Replayer::published(&*service.log)?);
    let counted = Arc::clone(&progress);
    // Counting reads the whole source: on a thread of its own, so that publishing need not wait for it.
    let counter = thread::Builder::new()
        .name("count".to_owned())
        .spawn(move || Replayer::count(&source).map(|total| counted.set_total(total)))?;
    let publisher = thread::Builder::new().name("replay".to_owned()).spawn(move || replayer.run())?;
    let mut lag = 1;
    // Lag is looked at after the publisher is seen to have ended, so that nothing can come behind it.
    while !shutdown.is_requested() {
        let ended = publisher.is_finished() && counter.is_finished();
        check(&service.application.state())?;
        lag = pending(service)?.unwrap_or(lag);
        bar.show(&progress, lag);
        if ended && lag == 0 {
            break;
        }
        shutdown.wait(LOOK_EVERY);
    }
    bar.finish();
    let joined = |panicked| anyhow::anyhow!("the replay failed: {panicked:?}");
    counter.join().map_err(joined)?.context("counting the events failed")?;
    let events = publisher.join().map_err(joined)?.context("publishing failed")?;
    if shutdown.is_requested() || lag > 0 {
        return Ok(None);
    }
    progress.finish();
    Ok(Some(Run { events, seconds: begin.elapsed().as_secs_f64() }))
}

/// Records before the processors; unknown while a full disk keeps the log from being read, which ends by itself.
fn pending(service: &Service) -> anyhow::Result<Option<u64>> {
    match service.application.pending() {
        Ok(pending) => Ok(Some(pending)),
        Err(error) if error.is_retriable() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Waiting for processing makes no sense once it has failed.
fn check(state: &ApplicationState) -> anyhow::Result<()> {
    match state {
        ApplicationState::Failed(reason) => anyhow::bail!("processing failed: {reason}"),
        // A parked one tells why, and resumes by itself.
        _ => Ok(()),
    }
}
