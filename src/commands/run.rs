//! `tillstream run`: the service.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::configuration::{ConfigArgs, flag};
use crate::logging;
use crate::service::Service;
use crate::shutdown::Shutdown;

/// Runs the service: processors and HTTP, until ctrl-C or SIGTERM.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tillstream run
  tillstream run --config tillstream.toml --listen 0.0.0.0:8080
  tillstream run --data /var/lib/tillstream --set streams.threads=4
  tillstream run --kafka broker-1:9092,broker-2:9092     one of any number of instances")]
pub(super) struct RunArgs {
    /// Address and port of HTTP [http.listen].
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Directory of the log and the state [application.data_dir].
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl RunArgs {
    pub(super) fn run(&self, configuration: &ConfigArgs) -> anyhow::Result<()> {
        let data = self.data.as_ref().map(|dir| dir.display());
        let flags: Vec<String> =
            [flag("http.listen", self.listen), flag("application.data_dir", data)].into_iter().flatten().collect();
        let loaded = configuration.load(&flags)?;
        logging::start(&loaded.config.logging, false)?;
        let shutdown = Shutdown::default();
        let service = Service::start(loaded)?;
        let serving = service.serve(&shutdown)?;
        tracing::info!(address = %serving.address, "serving");
        if let Some(address) = serving.postgres_address {
            tracing::info!(%address, "serving Postgres clients");
        }
        serving.wait();
        service.stop();
        tracing::info!("stopped");
        Ok(())
    }
}
