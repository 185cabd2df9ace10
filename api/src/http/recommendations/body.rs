//! What lists should be like, as bodies say it.

use serde::Deserialize;
use tillstream_processors::recommendations::ListQuery;
use utoipa::ToSchema;

use crate::http::problem::Problem;

/// Products, or customers, that one request can name.
pub(super) const NAMED_MAX: usize = 1_000;

/// What a list should be like.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ListOptions {
    /// Most products to answer, 1 to 500; 10 if absent.
    #[schema(value_type = Option<u32>, example = 10)]
    limit: Option<usize>,
    /// Only products of this category.
    category: Option<String>,
    /// None of these products.
    exclude: Vec<String>,
    /// Nothing that is known to be sold out.
    in_stock: bool,
    /// Also what was bought before.
    again: bool,
    /// With the reasons.
    explain: bool,
    /// From 0, only scores, to 1, only variety.
    diversity: f32,
}

impl ListOptions {
    pub(super) fn query(self) -> Result<ListQuery, Problem> {
        let Self { limit, category, exclude, in_stock, again, explain, diversity } = self;
        let limit = limit.unwrap_or(10);
        if !(1..=500).contains(&limit) {
            return Err(Problem::parameter(
                "limit",
                format!("`limit` is {limit}: expected a whole number from 1 to 500"),
            ));
        }
        if !(0.0..=1.0).contains(&diversity) {
            return Err(Problem::parameter("diversity", "`diversity`: expected a number from 0 to 1"));
        }
        bounded("exclude", exclude.len())?;
        Ok(ListQuery { limit, category, exclude, in_stock, again, explain, diversity, ..ListQuery::default() })
    }
}

/// Refuses lists that name too many.
pub(super) fn bounded(field: &'static str, count: usize) -> Result<(), Problem> {
    let refused = || Problem::parameter(field, format!("`{field}` names {count}: expected at most {NAMED_MAX}"));
    if count > NAMED_MAX { Err(refused()) } else { Ok(()) }
}
