//! `GET /v1/recommendations`, also `/recommendations`: a customer's list.

use axum::extract::State;
use serde::Serialize;
use tillstream_processors::recommendations::{ListQuery, Shown};
use utoipa::{IntoParams, ToSchema};

use super::view::ListView;
use crate::AppState;
use crate::http::answer::Answer;
use crate::http::params::{Params, QueryParams, Strict};
use crate::http::problem::Problem;
use crate::http::time::Instant;

/// Most products that can be excluded by name.
const EXCLUDE_MAX: usize = 1_000;

const YES_NO: [(&str, bool); 2] = [("true", true), ("false", false)];

/// Parameters of a customer's list.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParams {
    /// The customer; one nobody has heard of gets what is trending.
    #[param(value_type = String, required = true, example = "15311")]
    user_id: Option<String>,
    /// Most products to answer, 1 to 500; 10 if absent.
    #[param(value_type = Option<u32>, example = 10)]
    limit: usize,
    /// Only products of this category.
    category: Option<String>,
    /// None of these products, separated by commas.
    #[param(value_type = Option<String>, example = "22697,22698")]
    exclude: Vec<String>,
    /// `true`: nothing that is known to be sold out.
    #[param(value_type = Option<bool>)]
    in_stock: bool,
    /// `true`: also what she bought before.
    #[param(value_type = Option<bool>)]
    again: bool,
    /// `true`: with the reasons.
    #[param(value_type = Option<bool>, example = true)]
    explain: bool,
    /// From 0, only scores (the default), to 1, only variety.
    #[param(value_type = Option<f32>, example = 0.3)]
    diversity: f32,
}

impl QueryParams for ListParams {
    fn read(params: &mut Params) -> Result<Self, Problem> {
        Ok(Self {
            user_id: params.text("userId")?.filter(|id| !id.is_empty()),
            limit: params.number("limit", 1, 500, 10)?,
            category: params.text("category")?,
            exclude: params.parsed("exclude", product_ids)?.unwrap_or_default(),
            in_stock: params.choice("inStock", &YES_NO)?.unwrap_or(false),
            again: params.choice("again", &YES_NO)?.unwrap_or(false),
            explain: params.choice("explain", &YES_NO)?.unwrap_or(false),
            diversity: params.parsed("diversity", diversity)?.unwrap_or(0.0),
        })
    }
}

fn product_ids(text: &str) -> Result<Vec<String>, String> {
    let ids: Vec<String> = text.split(',').map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect();
    if ids.len() > EXCLUDE_MAX { Err(format!("at most {EXCLUDE_MAX} products")) } else { Ok(ids) }
}

fn diversity(text: &str) -> Result<f32, &'static str> {
    text.parse().ok().filter(|part| (0.0..=1.0).contains(part)).ok_or("expected a number from 0 to 1")
}

/// The variant of an experiment.
#[derive(Debug, Serialize, ToSchema)]
struct ExperimentView {
    /// The experiment.
    #[schema(example = "spring")]
    name: String,
    /// The variant.
    #[schema(example = "personal")]
    variant: String,
}

/// A customer's list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PersonalAnswer {
    /// The customer.
    #[schema(example = "15311")]
    user_id: String,
    #[serde(flatten)]
    list: ListView,
    /// The experiment and the variant she is in; null if in none.
    experiment: Option<ExperimentView>,
    /// Event time her history goes up to.
    as_of: Option<Instant>,
}

/// What to show a customer next, made of one model and of her history as it is committed: a purchase counts within
/// `streams.commit_interval`.
#[utoipa::path(get, path = "/v1/recommendations", tag = "recommendations", operation_id = "getRecommendations",
    params(ListParams),
    responses(
        (status = 200, description = "the list; of an unknown customer with what stands in", body = PersonalAnswer),
        (status = 400, description = "bad parameter", body = Problem),
        (status = 503, description = "state is being restored", body = Problem),
    ))]
pub(crate) async fn get(
    State(state): State<AppState>,
    Strict(params): Strict<ListParams>,
) -> Result<Answer<PersonalAnswer>, Problem> {
    let missing = || Problem::parameter("userId", "`userId` is missing: name the customer");
    let user_id = params.user_id.clone().ok_or_else(missing)?;
    let work = move |state: &AppState| {
        let ListParams { limit, category, exclude, in_stock, again, explain, diversity, .. } = params;
        let query = ListQuery { limit, category, exclude, in_stock, again, explain, diversity, ..ListQuery::default() };
        let stamp = state.stamp();
        let Shown { list, experiment } = state.recommendations().show(&user_id, &query)?;
        let experiment = experiment.map(|(name, variant)| ExperimentView { name, variant });
        let as_of = Instant::known(stamp.stream_time);
        let list = ListView::of(list, explain);
        Ok(Answer::private(PersonalAnswer { user_id, list, experiment, as_of }, stamp))
    };
    state.scan(work).await
}
