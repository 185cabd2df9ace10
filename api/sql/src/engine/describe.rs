//! What an answer would look like: its columns and placeholders, without running the query.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};
use bytes::Bytes;
use datafusion::logical_expr::LogicalPlan;
use tokio::sync::mpsc;

use super::errors::Asked;
use super::session::Engine;
use super::text::Text;
use crate::error::SqlError;
use crate::formats::ipc;
use crate::job::{Event, Job, Summary};

impl Engine {
    /// Sends two chunks: the schema of the answer, then that of the placeholders, both as Arrow streams without rows. A
    /// placeholder of which nothing is known has the type null.
    pub(super) async fn describe(&self, job: &Job, events: &mpsc::Sender<Event>) -> Result<Option<Summary>, SqlError> {
        let text = Text::read(&job.query, &self.limits)?;
        let (_, plan) = self.plan(job, &text).await?;
        let asked = Asked { query: &job.query, text: &text, tables: &self.tables };
        let placeholders = placeholders(&plan).map_err(|error| asked.told(&error))?;
        for schema in [plan.schema().as_arrow().clone(), placeholders] {
            if events.send(Event::Chunk(Bytes::from(ipc::empty(&Arc::new(schema))?))).await.is_err() {
                return Ok(None);
            }
        }
        Ok(Some(Summary::default()))
    }
}

/// The placeholders by number.
fn placeholders(plan: &LogicalPlan) -> Result<Schema, datafusion::common::DataFusionError> {
    let mut types: Vec<(usize, String, DataType)> = plan
        .get_parameter_types()?
        .into_iter()
        .map(|(name, kind)| {
            let number = name.trim_start_matches('$').parse().unwrap_or(usize::MAX);
            (number, name, kind.unwrap_or(DataType::Null))
        })
        .collect();
    types.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    Ok(Schema::new(types.into_iter().map(|(_, name, kind)| Field::new(name, kind, true)).collect::<Vec<_>>()))
}
