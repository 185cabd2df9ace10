//! The engine's session: functions, catalogue, limits. Made once; a query works on a copy.

use std::num::NonZero;
use std::sync::Arc;

use datafusion::catalog::{CatalogProvider, TableProvider};
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::SessionStateDefaults;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::optimizer::Analyzer;
use datafusion::prelude::{SessionConfig, SessionContext};
use tokio::sync::OnceCell;

use super::lengths::Lengths;
use super::namespace::{Schemas, Tables};
use super::provider::Provider;
use super::{Source, functions};
use crate::error::SqlError;
use crate::job::Dialect;
use crate::limits::Limits;
use crate::tables::About;

/// Name of the catalogue: what Postgres calls the database.
pub(crate) const CATALOG: &str = "tillstream";
/// Name of the schema all tables are in.
const SCHEMA: &str = "public";

/// Streams a query is worked on side by side, and rows of a batch.
const PARTITIONS: usize = 2;
const BATCH_ROWS: usize = 4096;

/// Consumers of memory that are named when there is not enough.
const NAMED_CONSUMERS: NonZero<usize> = NonZero::<usize>::MIN.saturating_add(2);

/// Levels the parser may go down. The text's own limits are lower; this one is behind them.
const PARSER_DEPTH: usize = 200;

/// Plans and runs queries over the tables of a source.
pub(crate) struct Engine {
    pub(super) limits: Limits,
    pub(super) tables: Vec<String>,
    about: Vec<About>,
    source: Arc<dyn Source>,
    plain: SessionState,
    /// With the catalogue Postgres clients look into; made for the first of them.
    postgres: OnceCell<SessionContext>,
}

impl Engine {
    /// An engine over these tables.
    ///
    /// # Errors
    /// Never with the tables there are; the catalogue could refuse a name.
    pub(crate) fn new(about: Vec<About>, source: Arc<dyn Source>, limits: Limits) -> Result<Self, SqlError> {
        let plain = state(&about, &source, &limits)
            .map_err(|error| SqlError::internal("the SQL engine cannot be made", &error))?;
        let tables = about.iter().map(|table| table.name.clone()).collect();
        Ok(Self { limits, tables, about, source, plain, postgres: OnceCell::new() })
    }

    /// The session a query of this dialect works on.
    pub(super) async fn session(&self, dialect: Dialect) -> Result<SessionState, SqlError> {
        let mut state = match dialect {
            Dialect::Plain => self.plain.clone(),
            Dialect::Postgres => self.postgres().await?.state(),
        };
        state.mark_start_execution();
        Ok(state)
    }

    async fn postgres(&self) -> Result<&SessionContext, SqlError> {
        let make = async || {
            let context = SessionContext::new_with_state(state(&self.about, &self.source, &self.limits)?);
            functions::postgres::register(&context)?;
            // Numbers everything, before a query about a part of it could begin elsewhere.
            context.sql("SELECT oid FROM pg_catalog.pg_class").await?.collect().await?;
            Ok(context)
        };
        let made = self.postgres.get_or_try_init(make).await;
        made.map_err(|error: DataFusionError| SqlError::internal("the Postgres catalogue cannot be made", &error))
    }

    /// Memory of one query, and nowhere else to put anything.
    pub(super) fn environment(&self) -> Result<Arc<RuntimeEnv>, SqlError> {
        environment(self.limits.memory)
            .map_err(|error| SqlError::internal("the query's memory cannot be set up", &error))
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("tables", &self.tables.len()).finish_non_exhaustive()
    }
}

fn environment(memory: usize) -> Result<Arc<RuntimeEnv>> {
    let pool = TrackConsumersPool::new(FairSpillPool::new(memory), NAMED_CONSUMERS);
    let environment = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(pool))
        .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled))
        .build_arc()?;
    // No file of this machine, nor anything else that has an address, can be read.
    environment.deregister_object_store(ObjectStoreUrl::local_filesystem().as_ref())?;
    Ok(environment)
}

fn config() -> SessionConfig {
    let mut config = SessionConfig::new()
        .with_target_partitions(PARTITIONS)
        .with_batch_size(BATCH_ROWS)
        .with_information_schema(true)
        .with_default_catalog_and_schema(CATALOG, SCHEMA)
        .with_create_default_catalog_and_schema(false)
        .set_usize("datafusion.sql_parser.recursion_limit", PARSER_DEPTH);
    let options = config.options_mut();
    options.execution.enable_recursive_ctes = false;
    options.execution.collect_statistics = false;
    options.sql_parser.dialect = datafusion::config::Dialect::PostgreSQL;
    // 0.2 is a decimal, as in Postgres: money times a number stays exact.
    options.sql_parser.parse_float_as_decimal = true;
    config
}

fn state(about: &[About], source: &Arc<dyn Source>, limits: &Limits) -> Result<SessionState> {
    let provider = |table: &About| -> (String, Arc<dyn TableProvider>) {
        (table.name.clone(), Arc::new(Provider::new(table.clone(), Arc::clone(source))))
    };
    let catalog = Schemas::default();
    catalog.register_schema(SCHEMA, Arc::new(Tables(about.iter().map(provider).collect())))?;
    // Everything but formats of files and tables made of them: there are none to be read.
    let state = SessionStateBuilder::new()
        .with_config(config())
        .with_runtime_env(environment(limits.memory)?)
        .with_expr_planners(SessionStateDefaults::default_expr_planners())
        .with_scalar_functions(SessionStateDefaults::default_scalar_functions())
        .with_higher_order_functions(SessionStateDefaults::default_higher_order_functions())
        .with_aggregate_functions(SessionStateDefaults::default_aggregate_functions())
        .with_window_functions(SessionStateDefaults::default_window_functions())
        .with_table_function_list(SessionStateDefaults::default_table_functions())
        .with_analyzer_rules([vec![Arc::new(Lengths) as _], Analyzer::new().rules].concat())
        .build();
    state.catalog_list().register_catalog(CATALOG.to_owned(), Arc::new(catalog));
    let context = SessionContext::new_with_state(state);
    context.register_udf(functions::version());
    Ok(context.state())
}

#[cfg(test)]
mod tests {
    use arrow::array::{AsArray, RecordBatch};
    use arrow::datatypes::Int32Type;
    use tokio::sync::mpsc;

    use super::*;
    use crate::engine::Batches;
    use crate::tables::Wanted;

    /// Nobody reads the tables here.
    #[derive(Debug)]
    struct NoRows;

    impl Source for NoRows {
        fn scan(&self, _table: &str, _wanted: Wanted) -> Batches {
            mpsc::channel(1).1
        }
    }

    async fn ask(engine: &Engine, query: &str) -> Vec<RecordBatch> {
        let state = engine.session(Dialect::Postgres).await.unwrap();
        SessionContext::new_with_state(state).sql(query).await.unwrap().collect().await.unwrap()
    }

    #[tokio::test]
    async fn every_process_numbers_the_tables_alike_whatever_it_was_asked_first() {
        let about = |name: &str| About::new::<()>(name, "", &[], 0, &[]);
        let tables = ["orders", "stock", "products", "co_purchases"].map(about);
        let mut numbers = Vec::new();
        for first in ["pg_namespace", "pg_attribute", "pg_class", "pg_database"] {
            let engine = Engine::new(tables.to_vec(), Arc::new(NoRows), Limits::default()).unwrap();
            ask(&engine, &format!("SELECT count(*) FROM pg_catalog.{first}")).await;
            let found = ask(&engine, "SELECT oid FROM pg_catalog.pg_class WHERE relname = 'orders'").await;
            numbers.push(found.first().unwrap().column(0).as_primitive::<Int32Type>().value(0));
        }
        assert!(numbers.windows(2).all(|pair| pair[0] == pair[1]), "{numbers:?}");
    }
}
