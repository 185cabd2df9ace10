//! SQL on a data directory: committed state and topics, while no service has them open. Nothing is processed.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::Value;
use tillstream_api::sql::{Catalog, Event, Format, Job, Limits, Params, Scanner, Sql, State, Workers};
use tillstream_api::sql_settings;
use tillstream_config::Loaded;
use tillstream_learning::serve_latest;
use tillstream_processors::recommendations::Recommendations;
use tillstream_processors::{Answers, shop};
use tillstream_runtime::CommittedState;

use super::door::TableAbout;
use super::failure::Failure;
use crate::service::{open_existing_log, recommendation_settings, resources, shop_settings};

/// A data directory that is open.
#[derive(Debug)]
pub(super) struct Directory {
    sql: Sql,
    path: PathBuf,
    _state: CommittedState,
}

impl Directory {
    /// Opens the directory of the configuration; `url` is where a service was looked for.
    pub(super) fn open(loaded: &Loaded, url: &str) -> anyhow::Result<Self> {
        let config = &loaded.config;
        let log = open_existing_log(config, url)?;
        let settings = shop_settings(config);
        let topology = shop::topology(&settings).context("the shop's topology cannot be built")?;
        let (id, path) = (&config.application.id, &config.application.data_dir);
        let state = CommittedState::open(&topology, id, &*log, &path.join("state"), &resources(config))?;
        let answers = Answers::new(state.query().clone(), settings);
        let recommendations = Recommendations::new(answers, recommendation_settings(&config.recommendations));
        // Where nothing was learned yet, lists are what stands in.
        if let Err(error) = serve_latest(&*log, &config.topics.models, &recommendations) {
            tracing::debug!(%error, "no learned models");
        }
        let sources = State::new(recommendations, log, &topology, id, None, sql_settings(loaded));
        let limits = Limits::from(&config.sql);
        let scanner = Scanner::new(Catalog::of(&sources), sources, &limits)?;
        // This process is nobody else's: what a query does to it harms nobody.
        let sql = Sql::new(scanner, limits, Workers::Threads)?;
        Ok(Self { sql, path: path.clone(), _state: state })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn ask(
        &self,
        query: &str,
        params: Vec<Value>,
        format: Format,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        let job = Job { query: query.to_owned(), params: Params::List(params), format, ..Job::default() };
        let mut reply = self.sql.run(job)?;
        while let Some(event) = reply.blocking_next() {
            match event {
                Event::Head(_) => {}
                Event::Chunk(chunk) => {
                    out.write_all(&chunk).map_err(|error| Failure::new(format!("standard output: {error}")))?;
                }
                Event::Done(summary) if summary.truncated && format != Format::Json => {
                    return Err(Failure::new(
                        "rows were cut off; ask for less, or raise sql.max_rows and sql.max_bytes",
                    ));
                }
                Event::Done(_) => return Ok(()),
                Event::Failed(error) => return Err(error.into()),
            }
        }
        Err(Failure::new("the query ended without an answer"))
    }

    pub(super) fn tables(&self) -> Vec<TableAbout> {
        let table = |about: &tillstream_api::sql::About| TableAbout {
            name: about.name.clone(),
            comment: about.comment.clone(),
            columns: about
                .columns
                .iter()
                .map(|column| [column.name.clone(), column.kind.data_type().to_string(), column.comment.clone()])
                .collect(),
        };
        self.sql.tables().iter().map(table).collect()
    }
}
