//! A table as DataFusion sees it: scans that know which rows are wanted.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{Constraint, Constraints, Result};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;

use super::Source;
use super::filters::{bound, fits};
use super::scan_exec::ScanExec;
use crate::tables::{About, Bound, Wanted};

/// A table over a [`Source`].
#[derive(Debug)]
pub(crate) struct Provider {
    about: About,
    schema: SchemaRef,
    constraints: Constraints,
    source: Arc<dyn Source>,
}

impl Provider {
    pub(crate) fn new(about: About, source: Arc<dyn Source>) -> Self {
        let key = about.key_places();
        let keys = if key.is_empty() { vec![] } else { vec![Constraint::PrimaryKey(key)] };
        Self { schema: about.schema(), constraints: Constraints::new_unverified(keys), about, source }
    }

    fn usable(&self, filter: &Expr) -> Option<(String, Bound)> {
        bound(filter, &self.about).filter(|(column, bound)| fits(bound, column, &self.about))
    }
}

#[async_trait]
impl TableProvider for Provider {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn constraints(&self) -> Option<&Constraints> {
        Some(&self.constraints)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    /// Inexact: tables may show rows beyond what is wanted, such as the hours around a time, and the engine looks at each again.
    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let answer = |filter: &&Expr| match self.usable(filter) {
            Some(_) => TableProviderFilterPushDown::Inexact,
            None => TableProviderFilterPushDown::Unsupported,
        };
        Ok(filters.iter().map(answer).collect())
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let projection = projection.cloned().unwrap_or_else(|| (0..self.schema.fields().len()).collect());
        let mut wanted = Wanted { projection, limit, parts: self.about.parts, ..Wanted::default() };
        for (column, bound) in filters.iter().filter_map(|filter| self.usable(filter)) {
            let known = wanted.bounds.remove(&column).unwrap_or_default();
            wanted.bounds.insert(column, known.and(bound));
        }
        // Few keys are looked up one after the other sooner than two threads are started.
        if wanted.bounds.values().any(|bound| bound.equals.as_ref().is_some_and(|equals| equals.len() < 64)) {
            wanted.parts = 1;
        }
        Ok(Arc::new(ScanExec::new(&self.about.name, &self.schema, wanted, Arc::clone(&self.source))?))
    }
}
