//! What to show one customer of the history next.

use std::fmt;

use serde::Serialize;
use tillstream_processors::recommendations::{ListQuery, Recommendations};

/// A customer who bought all through the year.
pub(super) const CUSTOMER: &str = "15311";

/// Products that are shown.
const PRODUCTS: usize = 3;

/// What to show one customer next.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Recommended {
    user_id: &'static str,
    model_version: u64,
    items: Vec<Item>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    product_id: String,
    name: String,
    because: Vec<String>,
}

impl Recommended {
    /// Asks for the list; `None` while no model knows the customer.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(super) fn read(recommendations: &Recommendations) -> anyhow::Result<Option<Self>> {
        let query = ListQuery { limit: PRODUCTS, explain: true, ..ListQuery::default() };
        let list = recommendations.for_customer(CUSTOMER, &query)?;
        let Some((_, card)) = list.model.filter(|_| list.fallback.is_none()) else { return Ok(None) };
        let named = |id: &str, name: Option<&str>| name.unwrap_or(id).to_owned();
        let items = list.items.iter().map(|item| Item {
            product_id: item.product_id.to_string(),
            name: named(&item.product_id, item.name.as_deref()),
            because: item.because.iter().map(|why| named(&why.product_id, why.name.as_deref())).collect(),
        });
        Ok(Some(Self { user_id: CUSTOMER, model_version: card.version, items: items.collect() }))
    }
}

impl fmt::Display for Recommended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Recommended to customer {}", self.user_id)?;
        for item in &self.items {
            writeln!(f, "  {}, because of {}", item.name, item.because.join(", "))?;
        }
        Ok(())
    }
}
