//! The schemas and tables of the catalogue, always in the same order: Postgres' catalogue numbers them as it meets them, and a
//! client that asked one process for a table's number may ask the next about it.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use datafusion::catalog::{CatalogProvider, SchemaProvider, TableProvider};
use datafusion::common::Result;

/// The tables of a schema, by name.
#[derive(Debug)]
pub(super) struct Tables(pub(super) BTreeMap<String, Arc<dyn TableProvider>>);

#[async_trait]
impl SchemaProvider for Tables {
    fn table_names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        Ok(self.0.get(name).cloned())
    }

    fn table_exist(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

/// The schemas of the database, by name.
#[derive(Debug, Default)]
pub(super) struct Schemas(RwLock<BTreeMap<String, Arc<dyn SchemaProvider>>>);

impl CatalogProvider for Schemas {
    fn schema_names(&self) -> Vec<String> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    fn register_schema(&self, name: &str, schema: Arc<dyn SchemaProvider>) -> Result<Option<Arc<dyn SchemaProvider>>> {
        Ok(self.0.write().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), schema))
    }
}
