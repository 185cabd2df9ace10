//! `GET /v1/experiments/{name}`: what came of an experiment.

use axum::extract::{Path, State};
use serde::Serialize;
use tillstream_processors::experiments::{Lift, Rate, VariantReport};
use utoipa::ToSchema;

use crate::AppState;
use crate::http::answer::Answer;
use crate::http::params::{self, Strict, excerpt};
use crate::http::problem::Problem;
use crate::http::time::Instant;

/// How much larger a rate is than that of the control, relatively, with the bounds of 95 % confidence.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct LiftView {
    /// The best guess; 0.1 is a tenth more.
    #[schema(example = 0.12)]
    relative: f64,
    /// The least it may be.
    #[schema(example = 0.03)]
    low: f64,
    /// The most it may be.
    #[schema(example = 0.22)]
    high: f64,
}

/// How many did something.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RateView {
    /// Customers who did.
    #[schema(example = 120)]
    customers: u64,
    /// Their part of all who were shown a list, 0 to 1.
    #[schema(example = 0.24)]
    rate: f64,
    /// Against the control; null for itself, and while one of both is zero.
    lift: Option<LiftView>,
}

impl RateView {
    fn of(rate: Rate, lift: Option<Lift>) -> Self {
        let lift = lift.map(|Lift { relative, low, high }| LiftView { relative, low, high });
        Self { customers: rate.some, rate: rate.part(), lift }
    }
}

/// What came of a variant.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct VariantView {
    /// The variant.
    #[schema(example = "personal")]
    name: String,
    /// Customers who were shown a list.
    #[schema(example = 500)]
    customers: u64,
    /// Those who followed a recommendation afterwards.
    clicked: RateView,
    /// Those who afterwards bought, and kept, something they had been shown.
    bought: RateView,
}

impl VariantView {
    fn of(report: VariantReport) -> Self {
        let VariantReport { name, customers, clicked, bought, click_lift, purchase_lift } = report;
        Self {
            name,
            customers,
            clicked: RateView::of(clicked, click_lift),
            bought: RateView::of(bought, purchase_lift),
        }
    }
}

/// What came of an experiment.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExperimentAnswer {
    /// The experiment.
    #[schema(example = "spring")]
    name: String,
    /// The variant that others are held against.
    #[schema(example = "popular")]
    control: String,
    /// All variants, also those nobody was shown.
    variants: Vec<VariantView>,
    /// Event time the answer goes up to.
    as_of: Option<Instant>,
}

/// What came of the experiment that is on: customers by variant, who clicked and who bought what they had been shown, and how
/// much of the difference may be chance.
#[utoipa::path(get, path = "/v1/experiments/{name}", tag = "recommendations", operation_id = "getExperiment",
    params(("name" = String, Path, description = "the experiment, see `recommendations.experiment`", example = "spring")),
    responses(
        (status = 200, description = "the report", body = ExperimentAnswer),
        (status = 404, description = "no such experiment is on", body = Problem),
        (status = 503, description = "state is being restored", body = Problem),
    ))]
pub(crate) async fn get(
    State(state): State<AppState>,
    Path(name): Path<String>,
    _: Strict<params::Nothing>,
) -> Result<Answer<ExperimentAnswer>, Problem> {
    let work = move |state: &AppState| {
        let stamp = state.stamp();
        let settings = state.recommendations().settings();
        let on = settings.experiment.as_ref().filter(|experiment| experiment.name == name);
        let experiment = on.ok_or_else(|| Problem::not_found(format!("no experiment {} is on", excerpt(&name))))?;
        let report = state.answers().experiment(experiment)?;
        let variants = report.variants.into_iter().map(VariantView::of).collect();
        let (name, control, as_of) = (report.name, report.control, Instant::known(stamp.stream_time));
        Ok(Answer::fresh(ExperimentAnswer { name, control, variants, as_of }, stamp))
    };
    state.scan(work).await
}
