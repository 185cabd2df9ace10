//! All tables by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{
    About, State, Table, co_purchases, customers, order_items, orders, orders_by_status, products, revenue, segments,
    stock, store, sys, top_products, topics,
};

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
        ];
        tables.extend(revenue::tables());
        tables.extend(sys::tables());
        tables.extend(topics::tables(&state.answers.settings().topics));
        tables.extend(store::tables(state));
        let named = tables.into_iter().map(|table| (table.about().name.clone(), table));
        Self { tables: Arc::new(named.collect()) }
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
