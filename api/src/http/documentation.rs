//! The OpenAPI document, made from the handlers.

use std::sync::LazyLock;

use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;

/// What stands above the routes.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Tillstream",
        description = "Live answers from a shop's event log. Answers come from committed state: `asOf` is the event time they \
            go up to, the header `Tillstream-Position` the source offsets they contain at least. With \
            `?stale=true` standbys of this instance are read in place of tasks elsewhere, and `Tillstream-Staleness` says how \
            far behind they may be. Money is a decimal string beside its currency. Errors are RFC 9457 problems. Lists page with `limit` and `after`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    tags(
        (name = "metrics", description = "revenue, orders, units … by window"),
        (name = "orders", description = "the order saga"),
        (name = "products", description = "best sellers, bought together, similar, trending"),
        (name = "recommendations", description = "what to show a customer next"),
        (name = "customers", description = "what customers are worth, what kinds there are, who is about to leave"),
        (name = "events", description = "events come in"),
        (name = "sql", description = "any question, in SQL"),
        (name = "stores", description = "any state store, by key"),
        (name = "dead letters", description = "what was refused"),
        (name = "operations", description = "health, lag, tasks, traces, configuration"),
    ),
)]
struct Head;

pub(super) fn head() -> OpenApi {
    Head::openapi()
}

/// The OpenAPI 3.1 document of all routes.
pub fn openapi() -> &'static OpenApi {
    static DOCUMENT: LazyLock<OpenApi> = LazyLock::new(|| super::routes().into_openapi());
    &DOCUMENT
}
