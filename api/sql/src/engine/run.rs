//! Running a query: from text to chunks of the answer.

use std::sync::Arc;

use bytes::Bytes;
use datafusion::common::DataFusionError;
use datafusion::execution::session_state::SessionState;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties as _, execute_stream};
use datafusion::prelude::SQLOptions;
use datafusion::sql::parser::Statement;
use futures::StreamExt as _;
use tokio::sync::mpsc;

use super::catalogue;
use super::errors::Asked;
use super::names;
use super::params;
use super::scan_exec::ScanExec;
use super::session::Engine;
use super::statement;
use super::text::Text;
use crate::error::{ErrorKind, SqlError};
use crate::formats::Encoder;
use crate::job::{Dialect, Event, Job, ResultColumn, Summary};

/// Bytes of the answer that are collected before they go out.
const CHUNK_BYTES: usize = 64 << 10;

impl Engine {
    /// Runs a query; events go to `events`. It ends early when nobody listens any more.
    pub(crate) async fn run(&self, job: &Job, events: &mpsc::Sender<Event>) {
        let outcome = if job.describe { self.describe(job, events).await } else { self.answer(job, events).await };
        let last = match outcome {
            Ok(Some(summary)) => Event::Done(summary),
            Ok(None) => return,
            Err(error) => Event::Failed(error),
        };
        let _ = events.send(last).await;
    }

    /// The plan of the query, its placeholders filled in, and the session it was made in.
    pub(super) async fn plan(&self, job: &Job, text: &Text<'_>) -> Result<(SessionState, LogicalPlan), SqlError> {
        let asked = Asked { query: &job.query, text, tables: &self.tables };
        let told = |error: DataFusionError| asked.told(&error);
        let state = self.session(job.dialect).await?;
        let mut statement = parse(&state, job, text).map_err(told)?;
        statement::check(&statement)?;
        names::make_unique(&mut statement);
        let plan = state.statement_to_plan(statement).await.map_err(told)?;
        // Behind the list of statements: a query can hide what it does, such as SELECT … INTO.
        let reading = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
        reading.verify_plan(&plan).map_err(|error| SqlError::new(ErrorKind::Forbidden, error.strip_backtrace()))?;
        Ok((state, plan))
    }

    /// `None` when nobody listens any more.
    async fn answer(&self, job: &Job, events: &mpsc::Sender<Event>) -> Result<Option<Summary>, SqlError> {
        let text = Text::read(&job.query, &self.limits)?;
        let asked = Asked { query: &job.query, text: &text, tables: &self.tables };
        let told = |error: DataFusionError| asked.told(&error);
        let (state, plan) = self.plan(job, &text).await?;
        let plan = match params::values(job)? {
            Some(values) => plan.with_param_values(values).map_err(told)?,
            None => plan,
        };
        if let Some(missing) = plan.get_parameter_names().map_err(told)?.into_iter().min() {
            return Err(SqlError::new(ErrorKind::Invalid, format!("the placeholder {missing} has no value"))
                .with_place(text.place_of(&missing))
                .with_hint("give it one in params"));
        }
        let plan = state.create_physical_plan(&plan).await.map_err(told)?;
        self.check_scans(&plan)?;
        let context = TaskContext::from(&state).with_runtime(self.environment()?);
        let stream = execute_stream(plan, Arc::new(context)).map_err(told)?;
        self.write(job, stream, events, told).await
    }

    fn check_scans(&self, plan: &Arc<dyn ExecutionPlan>) -> Result<(), SqlError> {
        let scans = scans(plan);
        if scans > self.limits.max_scans {
            let message =
                format!("the query reads {scans} tables and parts of tables; at most {}", self.limits.max_scans);
            return Err(SqlError::new(ErrorKind::Refused, message).with_hint("raise sql.max_scans"));
        }
        Ok(())
    }

    async fn write(
        &self,
        job: &Job,
        mut stream: SendableRecordBatchStream,
        events: &mpsc::Sender<Event>,
        told: impl Fn(DataFusionError) -> SqlError,
    ) -> Result<Option<Summary>, SqlError> {
        let schema = stream.schema();
        let columns = schema
            .fields()
            .iter()
            .map(|field| ResultColumn { name: field.name().clone(), data_type: field.data_type().to_string() });
        let columns: Vec<ResultColumn> = columns.collect();
        let mut encoder = Encoder::begin(job, &schema, &columns)?;
        let mut head = Some(Event::Head(columns));
        let limit = job.max_rows.unwrap_or(usize::MAX).min(self.limits.max_rows);
        let (mut rows, mut bytes, mut truncated) = (0, 0, false);
        while let Some(batch) = stream.next().await {
            let mut batch = batch.map_err(&told)?;
            if rows + batch.num_rows() > limit {
                truncated = true;
                batch = batch.slice(0, limit - rows);
            }
            rows += batch.num_rows();
            encoder.batch(&batch)?;
            let ready = encoder.written() >= CHUNK_BYTES;
            if ready {
                bytes += encoder.written();
                if let Some(head) = head.take()
                    && events.send(head).await.is_err()
                {
                    return Ok(None);
                }
                if events.send(Event::Chunk(Bytes::from(encoder.take()))).await.is_err() {
                    return Ok(None);
                }
            }
            truncated |= bytes + encoder.written() > self.limits.max_bytes;
            if truncated {
                break;
            }
        }
        drop(stream);
        let summary = Summary { rows, truncated };
        let rest = encoder.finish(summary)?;
        if let Some(head) = head.take()
            && events.send(head).await.is_err()
        {
            return Ok(None);
        }
        Ok(events.send(Event::Chunk(Bytes::from(rest))).await.is_ok().then_some(summary))
    }
}

fn parse(state: &SessionState, job: &Job, text: &Text<'_>) -> Result<Statement, DataFusionError> {
    if job.dialect == Dialect::Plain || !text.is_about_the_catalogue() {
        return state.sql_to_statement(&job.query, &datafusion::config::Dialect::PostgreSQL);
    }
    catalogue::parse(&job.query)
}

/// Parts of tables a plan reads.
fn scans(plan: &Arc<dyn ExecutionPlan>) -> usize {
    let own = if plan.is::<ScanExec>() { plan.output_partitioning().partition_count() } else { 0 };
    own + plan.children().into_iter().map(scans).sum::<usize>()
}
