//! The OpenAPI document tells of every route, and of no other.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use super::fixture::Service;

/// Every route with its operation: a change here is a change of the interface.
const OPERATIONS: &str = "\
get /livez livez
get /metrics metrics
get /readyz readyz
get /v1/anomalies listAnomalies
get /v1/config config
get /v1/customers listCustomers
get /v1/customers/{userId} getCustomer
get /v1/dead-letters listDeadLetters
get /v1/dead-letters/{partition}/{offset} getDeadLetter
post /v1/dead-letters/{partition}/{offset}/replay replayDeadLetter
get /v1/experiments/{name} getExperiment
get /v1/funnel getFunnel
get /v1/lag lag
get /v1/ledger ledger
get /v1/metrics/{name} getMetric
get /v1/orders listOrders
get /v1/orders/{orderId} getOrder
get /v1/products/top getTopProducts
get /v1/products/trending getTrendingProducts
get /v1/products/{id}/bought-together getBoughtTogether
get /v1/products/{id}/similar getSimilarProducts
get /v1/recommendations getRecommendations
post /v1/recommendations/batch postBatchRecommendations
post /v1/recommendations/session postSessionRecommendations
get /v1/replay replay
get /v1/segments listSegments
post /v1/sql runSql
get /v1/sql/tables listSqlTables
get /v1/stock listStock
get /v1/stock/forecast listStockOuts
get /v1/stock/{productId} getStock
get /v1/stores listStores
get /v1/stores/{name}/{key} getFromStore
get /v1/tasks tasks
post /v1/topics/{topic}/events ingest
get /v1/topology topology
get /v1/traces listTraces
get /v1/traces/{traceId} getTrace
get /v1/users/{id}/similar getSimilarUsers
";

#[test]
fn the_document_lists_the_operations() {
    let mut operations = String::new();
    for (path, item) in &tillstream_api::openapi().paths.paths {
        for (method, operation) in
            [("get", &item.get), ("post", &item.post), ("put", &item.put), ("delete", &item.delete)]
        {
            if let Some(operation) = operation {
                let id = operation.operation_id.as_deref().unwrap();
                operations.push_str(&format!("{method} {path} {id}\n"));
            }
        }
    }
    assert_eq!(operations, OPERATIONS);
}

#[test]
fn operations_have_a_summary_and_say_what_goes_wrong() {
    for (path, item) in &tillstream_api::openapi().paths.paths {
        for operation in [&item.get, &item.post].into_iter().flatten() {
            assert!(operation.summary.as_ref().is_some_and(|text| !text.is_empty()), "{path} has no summary");
            assert!(
                operation.responses.responses.keys().any(|status| status.starts_with(['4', '5'])),
                "{path} never fails"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_documented_operation_is_routed() {
    let service = Service::start(&[]);
    for line in OPERATIONS.lines() {
        let mut words = line.split(' ');
        let (method, path) = (words.next().unwrap().to_uppercase(), words.next().unwrap());
        let request =
            Request::builder().method(method.as_str()).uri(path.replace(['{', '}'], "")).body(Body::empty()).unwrap();
        let reply = service.send(request).await;
        assert_ne!(reply.status, StatusCode::METHOD_NOT_ALLOWED, "{line}");
        assert!(!reply.text().contains("there is no route"), "{line}: {}", reply.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_its_pages_and_the_dashboard_are_served_from_here() {
    let service = Service::start(&[]);
    let document = service.get("/openapi.json").await.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{}", document["openapi"]);
    assert_eq!(service.get("/docs").await.status, StatusCode::SEE_OTHER);
    assert!(service.get("/docs/").await.text().contains("swagger-ui"));
    assert_eq!(service.get("/docs/swagger-ui-bundle.js").await.status, StatusCode::OK);
    let dashboard = service.get("/").await;
    assert_eq!(dashboard.status, StatusCode::OK);
    assert!(dashboard.header("content-security-policy").contains("default-src 'none'"));
    for part in ["/", "/dashboard.css", "/dashboard.js"] {
        let reply = service.get(part).await;
        assert_eq!(reply.status, StatusCode::OK, "{part}");
        for outside in ["http://", "https://", "src=\"//", "@import"] {
            assert!(!reply.text().contains(outside), "{part} loads {outside}");
        }
    }
}
