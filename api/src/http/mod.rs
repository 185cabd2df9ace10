//! All routes, and what every request passes through.

mod anomalies;
pub(crate) mod answer;
pub(crate) mod blocking;
mod body;
mod cursor;
mod customers;
mod dashboard;
pub(crate) mod dead_letters;
mod documentation;
mod funnel;
mod health;
mod ingest;
mod layers;
mod metrics;
pub(crate) mod operations;
mod orders;
mod params;
mod peers;
pub(crate) mod problem;
mod products;
mod recommendations;
pub(crate) mod request_metrics;
pub(crate) mod scrape;
mod sql;
mod stale;
mod stock;
mod stores;
mod time;
mod traces;
pub(crate) mod writers;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tower::ServiceBuilder;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate as _, SizeAbove};
use tower_http::limit::RequestBodyLimitLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use utoipa_swagger_ui::SwaggerUi;

pub use self::documentation::openapi;
use self::operations::{config, lag, ledger, replay, tasks, topology};
use self::problem::Problem;
use crate::AppState;
use crate::peers::STATE_PATH;

/// Answers below this size, in bytes, are not worth packing.
const COMPRESS_ABOVE: u64 = 1024;

/// The documented routes.
fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(documentation::head())
        .routes(routes!(ingest::ingest))
        .routes(routes!(metrics::metric))
        .routes(routes!(funnel::funnel))
        .routes(routes!(anomalies::list))
        .routes(routes!(orders::list))
        .routes(routes!(orders::get))
        .routes(routes!(products::top))
        .routes(routes!(products::bought_together))
        .routes(routes!(recommendations::products::trending))
        .routes(routes!(recommendations::products::similar))
        .routes(routes!(recommendations::personal::get))
        .routes(routes!(recommendations::session::post))
        .routes(routes!(recommendations::batch::post))
        .routes(routes!(recommendations::users::similar))
        .routes(routes!(recommendations::experiments::get))
        .routes(routes!(customers::list::list))
        .routes(routes!(customers::one::get))
        .routes(routes!(customers::segments::list))
        .routes(routes!(stock::list::list))
        .routes(routes!(stock::forecast::forecast))
        .routes(routes!(stock::one::get))
        .routes(routes!(stores::list))
        .routes(routes!(stores::get))
        .routes(routes!(sql::query::run))
        .routes(routes!(sql::tables::tables))
        .routes(routes!(dead_letters::list))
        .routes(routes!(dead_letters::show))
        .routes(routes!(dead_letters::replay))
        .routes(routes!(lag::lag))
        .routes(routes!(tasks::tasks))
        .routes(routes!(topology::topology))
        .routes(routes!(ledger::ledger))
        .routes(routes!(replay::replay))
        .routes(routes!(traces::list::list))
        .routes(routes!(traces::one::get))
        .routes(routes!(config::config))
        .routes(routes!(health::livez))
        .routes(routes!(health::readyz))
        .routes(routes!(scrape::metrics))
}

/// The whole service: routes, documentation, dashboard and layers. Tests call it without a socket.
///
/// Layers, outermost first: request id, metrics, packing, problems, 304, time, body size, stale reads.
pub fn router(state: AppState) -> Router {
    let limit = state.config().config.http.body_limit.as_usize();
    let time = state.config().config.http.request_timeout.as_duration();
    let (router, api) = routes().split_for_parts();
    let packed = SizeAbove::new(COMPRESS_ABOVE)
        .and(NotForContentType::const_new("text/event-stream"))
        // Both are packed as far as they like to be.
        .and(NotForContentType::const_new("application/vnd.apache"));
    let layers = ServiceBuilder::new()
        .layer(from_fn(layers::identify))
        .layer(from_fn_with_state(state.clone(), request_metrics::measure))
        .layer(CompressionLayer::new().compress_when(packed))
        .layer(from_fn(layers::render_problems))
        .layer(from_fn(layers::not_modified))
        .layer(from_fn_with_state(time, layers::limit_time))
        .layer(RequestBodyLimitLayer::new(limit))
        .layer(DefaultBodyLimit::max(limit));
    router
        .route(&format!("{STATE_PATH}/{{task}}/state"), post(peers::state))
        // The short way to what a storefront asks for most.
        .route("/recommendations", get(recommendations::personal::get))
        .merge(dashboard::routes())
        .merge(SwaggerUi::new("/docs").url("/openapi.json", api))
        .fallback(not_found)
        .layer(from_fn_with_state(stale_routes(&state), stale::choose))
        .layer(layers)
        .with_state(state)
}

/// The same routes over what this instance keeps standbys of.
fn stale_routes(state: &AppState) -> stale::StaleRoutes {
    let state = state.allowing_stale();
    let (router, _) = routes().split_for_parts();
    stale::StaleRoutes { router: router.fallback(not_found).with_state(state.clone()), state }
}

/// Names the closest route, since a path is easily mistyped.
async fn not_found(request: Request) -> Response {
    let path = request.uri().path();
    let api = openapi();
    let known: Vec<&str> = api.paths.paths.keys().map(String::as_str).filter(|path| !path.contains('{')).collect();
    let advice = params::did_you_mean(path, &known);
    Problem::not_found(format!("there is no route {}{advice}; GET /docs lists them", params::excerpt(path)))
        .into_response()
}
