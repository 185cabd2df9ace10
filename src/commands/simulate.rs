//! `tillstream simulate`: a made-up shop, live.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tillstream_config::{Config, Millis};
use tillstream_runtime::{Clock as _, SystemClock};
use tillstream_shop::simulator::{Simulator, SimulatorConfig};

use crate::client::{Client, DEFAULT_URL};
use crate::configuration::{ConfigArgs, flag};
use crate::logging;
use crate::outlet::{Outlet, Sent};
use crate::publish::LogPublisher;
use crate::service::Service;
use crate::shutdown::Shutdown;
use crate::terminal::print;

/// The shop opened so long ago, ms, and what happened since is published at once: customers look around for a minute or two
/// before they buy, and nobody wants to wait for the first order.
const WARM_UP_MS: i64 = 120_000;

/// Most events of that past: at high rates visits are short, and the past need not be long.
const WARM_UP_EVENTS: f64 = 60_000.0;

/// Most records of one transaction or request.
const BATCH_RECORDS: usize = 1_000;

/// Longest pause between two looks at what is due.
const TICK: Duration = Duration::from_millis(50);

/// Plays a shop: visitors browse, some buy, goods are reserved, cards are charged, parcels leave. Writes to the running
/// service; when none answers, runs the service and the shop in one process.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tillstream simulate                                500 events a second until ctrl-C
  tillstream simulate --rate 20000 --duration 60s    a busy shop, for a minute
  tillstream simulate --bad 0.01 --duplicates 0.05   with damaged and repeated events
  tillstream simulate --url http://shop:8080         into a service elsewhere")]
pub(super) struct SimulateArgs {
    /// Events a second over all topics, on average: evenings are busier than nights. About one in 26 is an order
    /// [simulate.rate].
    #[arg(long, value_name = "R")]
    rate: Option<f64>,
    /// Customers [simulate.users].
    #[arg(long, value_name = "U")]
    users: Option<u32>,
    /// How long to play, such as 60s or 5min; until ctrl-C if absent.
    #[arg(long, value_name = "D")]
    duration: Option<Millis>,
    /// The same seed makes the same shop [simulate.seed].
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
    /// Part of the events that are late, 0 to 1 [simulate.late_share].
    #[arg(long, value_name = "SHARE")]
    late: Option<f64>,
    /// Part of the events that are sent twice [simulate.duplicate_share].
    #[arg(long, value_name = "SHARE")]
    duplicates: Option<f64>,
    /// Part of the events that are damaged [simulate.bad_share].
    #[arg(long, value_name = "SHARE")]
    bad: Option<f64>,
    /// The running service to write to.
    #[arg(long, default_value = DEFAULT_URL)]
    url: String,
    /// Where to serve when no service answers [http.listen].
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// The data directory when no service answers [application.data_dir].
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl SimulateArgs {
    fn flags(&self) -> Vec<String> {
        let data = self.data.as_ref().map(|dir| dir.display());
        [
            flag("simulate.rate", self.rate),
            flag("simulate.users", self.users),
            flag("simulate.seed", self.seed),
            flag("simulate.late_share", self.late),
            flag("simulate.duplicate_share", self.duplicates),
            flag("simulate.bad_share", self.bad),
            flag("http.listen", self.listen),
            flag("application.data_dir", data),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    pub(super) fn run(&self, configuration: &ConfigArgs) -> anyhow::Result<()> {
        let loaded = configuration.load(&self.flags())?;
        logging::start(&loaded.config.logging, false)?;
        let config = loaded.config.clone();
        let client = Client::new(&self.url);
        // An address or a directory of one's own asks for a service of one's own.
        if self.listen.is_none() && self.data.is_none() && client.answers() {
            tracing::info!(url = client.url(), "writing to the running service");
            let shutdown = Shutdown::default();
            shutdown.hear_signals()?;
            return self.play(&config, Outlet::service(client, &config), &shutdown);
        }
        let shutdown = Shutdown::default();
        let service = Service::start(loaded)?;
        let serving = service.serve(&shutdown)?;
        tracing::info!(address = %serving.address, "no service answered: serving here");
        let publisher = LogPublisher::new(&*service.log, &config, "simulator")?;
        let outcome = self.play(&config, Outlet::Log(publisher), &shutdown);
        shutdown.request();
        serving.wait();
        service.stop();
        outcome
    }

    fn play(&self, config: &Config, mut outlet: Outlet, shutdown: &Shutdown) -> anyhow::Result<()> {
        let mut shop =
            Simulator::new(simulator_config(config, SystemClock.now_ms() - warm_up_ms(config.simulate.rate)))?;
        let past = publish_due(&mut shop, &mut outlet, shutdown)?;
        let (begin, until) = (Instant::now(), self.duration.map(Millis::as_duration));
        let mut sent = Sent::default();
        while until.is_none_or(|until| begin.elapsed() < until) {
            sent += publish_due(&mut shop, &mut outlet, shutdown)?;
            let due = Duration::from_millis((shop.next_due_ms() - SystemClock.now_ms()).max(0).unsigned_abs());
            if !shutdown.wait(due.clamp(Duration::from_millis(5), TICK)) {
                break;
            }
        }
        let (accepted, seconds) = (sent.accepted, begin.elapsed().as_secs_f64());
        let (a_second, refused) = (accepted as f64 / seconds, past.refused + sent.refused);
        Ok(print(format_args!(
            "{} events of the time before, then {accepted} in {seconds:.1} s ({a_second:.0} a second), {refused} refused\n",
            past.accepted
        ))?)
    }
}

/// Publishes what should have happened by now.
fn publish_due(shop: &mut Simulator, outlet: &mut Outlet, shutdown: &Shutdown) -> anyhow::Result<Sent> {
    let (now_ms, mut sent, mut batch) = (SystemClock.now_ms(), Sent::default(), Vec::new());
    while let Some(record) = shop.next_until(now_ms) {
        batch.push(record);
        if batch.len() >= BATCH_RECORDS {
            sent += outlet.send(&mut batch, shutdown)?;
        }
        if shutdown.is_requested() {
            break;
        }
    }
    sent += outlet.send(&mut batch, shutdown)?;
    Ok(sent)
}

/// How long ago the shop opened, ms.
fn warm_up_ms(rate: f64) -> i64 {
    WARM_UP_MS.min((WARM_UP_EVENTS / rate * 1_000.0) as i64)
}

fn simulator_config(config: &Config, start_ms: i64) -> SimulatorConfig {
    let simulate = &config.simulate;
    SimulatorConfig {
        rate: simulate.rate,
        users: simulate.users as usize,
        seed: simulate.seed,
        start_ms,
        payment_failure_share: simulate.payment_failed_share,
        stock_failure_share: simulate.inventory_failed_share,
        timeout_share: simulate.missing_leg_share,
        saga_timeout_ms: config.shop.saga_timeout.get(),
        late_share: simulate.late_share,
        duplicate_share: simulate.duplicate_share,
        malformed_share: simulate.bad_share,
        ..SimulatorConfig::default()
    }
}
