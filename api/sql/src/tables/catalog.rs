//! All tables by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tillstream_stores::SharedSerde;

use super::{
    About, State, Table, anomalies, co_purchases, customers, experiments, funnel, order_items, orders,
    orders_by_status, products, recommendations, revenue, segments, stock, store, sys, top_products, topics,
};
use crate::error::SqlError;

/// All tables by name.
#[derive(Clone, Debug)]
pub struct Catalog {
    tables: Arc<BTreeMap<String, Arc<dyn Table>>>,
}

impl Catalog {
    /// The tables of the application behind `state`.
    #[must_use]
    pub fn of(state: &State) -> Self {
        let mut tables: Vec<Arc<dyn Table>> = vec![
            Arc::new(orders::Orders::new()),
            Arc::new(order_items::OrderItems::new()),
            Arc::new(orders_by_status::OrdersByStatus::new()),
            Arc::new(products::Products::new()),
            Arc::new(top_products::TopProducts::new()),
            Arc::new(co_purchases::CoPurchases::new()),
            Arc::new(stock::StockLevels::new()),
            Arc::new(customers::Customers::new()),
            Arc::new(segments::Segments::new()),
            anomalies::table(),
            experiments::table(),
        ];
        tables.extend(revenue::tables());
        tables.extend(funnel::tables());
        tables.extend(recommendations::tables());
        tables.extend(sys::tables());
        tables.extend(topics::tables(&state.answers.settings().topics));
        tables.extend(store::tables(state));
        let named = tables.into_iter().map(|table| (table.about().name.clone(), table));
        Self { tables: Arc::new(named.collect()) }
    }

    /// The same with the table `name` over a store of one's own topology: a column for each field of its values, which are of
    /// the type `V` and written with `value`. The columns are told by the type: what has parts, or cannot be told, is JSON.
    ///
    /// ```no_run
    /// # fn example(state: &tillstream_sql::State) -> Result<(), tillstream_sql::SqlError> {
    /// #[derive(serde::Serialize, serde::Deserialize)]
    /// struct Visit {
    ///     pages: u32,
    ///     seconds: f64,
    /// }
    /// let catalog = tillstream_sql::Catalog::of(state);
    /// let catalog = catalog.with_store(state, "visits", "visits", tillstream_stores::json::<Visit>())?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the topology has no such store.
    pub fn with_store<V>(self, state: &State, name: &str, store: &str, value: SharedSerde<V>) -> Result<Self, SqlError>
    where
        V: Serialize + DeserializeOwned + 'static,
    {
        let table = store::typed(state, name, store, value)?;
        let mut tables = Arc::unwrap_or_clone(self.tables);
        tables.insert(name.to_owned(), table);
        Ok(Self { tables: Arc::new(tables) })
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Arc<dyn Table>> {
        self.tables.get(name)
    }

    /// What is told about each table, by name.
    #[must_use]
    pub fn about(&self) -> Vec<About> {
        self.tables.values().map(|table| table.about().clone()).collect()
    }
}
