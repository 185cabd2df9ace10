//! What to show a customer next, over HTTP.

use axum::http::StatusCode;
use serde_json::{Value, json};
use tillstream_models::als::AlsModel;
use tillstream_models::interactions::{Ids, Interactions};
use tillstream_models::learned::{Card, Demand, LearnedModel};

use crate::fixture::Service;

/// A model of four products, of which the last was never bought, and the two customers of the history.
fn model() -> LearnedModel {
    let names = |names: &[&str]| Ids::from_names(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    let cells = [(0, 0, 1.0), (0, 1, 1.0), (1, 0, 1.0), (1, 2, 1.0)];
    let matrix = Interactions::from_cells(2, 4, &cells).unwrap();
    let card = Card {
        version: 3,
        trained_at_ms: 1_291_204_800_000,
        as_of_ms: 1_291_204_800_000,
        position: String::new(),
        customers: 2,
        pairs: 4,
        ndcg: None,
        recency_weight: 0.5,
    };
    let demand = Demand {
        recent: vec![0.7, 0.7, 1.0, 0.0],
        trending: vec![3.0, 1.0, 2.0, 0.0],
        buyers: vec![2.0, 1.0, 1.0, 0.0],
        rebought: Vec::new(),
    };
    use linfa::{DatasetBase, traits::Fit as _};
    let als = AlsModel::params().factors(4).fit(&DatasetBase::new(matrix, ())).unwrap();
    LearnedModel::new(card, names(&["u1", "u2"]), names(&["10001", "10002", "10003", "10004"]), demand, als).unwrap()
}

pub(crate) async fn with_model() -> Service {
    let service = Service::with_history().await;
    service.recommendations.serve(model());
    service
}

pub(crate) fn ids(answer: &Value) -> Vec<&str> {
    answer["items"].as_array().unwrap().iter().map(|item| item["productId"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_known_customer_gets_a_list_of_her_own_with_reasons() {
    let service = with_model().await;
    let reply = service.get("/v1/recommendations?userId=u1&explain=true&limit=1").await;
    assert_eq!((reply.status, reply.header("cache-control")), (StatusCode::OK, "private, no-cache"));
    let answer = reply.json();
    assert_eq!((answer["userId"].as_str(), &answer["fallback"]), (Some("u1"), &Value::Null));
    assert_eq!(ids(&answer), ["10003"], "she has the first two, and nobody has the fourth");
    assert_eq!((&answer["model"]["name"], &answer["model"]["version"]), (&json!("als-recent"), &json!(3)));
    let because = &answer["items"][0]["reason"]["because"][0];
    assert_eq!(
        (&because["productId"], &because["name"], &because["bought"]),
        (&json!("10001"), &json!("LAMP"), &json!(true))
    );
    assert_eq!(answer["asOf"], "2010-12-01T09:20:02.000Z");
    let short = service.get("/recommendations?userId=u1&limit=1").await.json();
    assert_eq!((ids(&short), &short["items"][0]["reason"]), (vec!["10003"], &Value::Null));
}

#[tokio::test]
async fn what_stands_in_is_named() {
    let service = with_model().await;
    let stranger = service.get("/v1/recommendations?userId=nobody&explain=true").await.json();
    assert_eq!(stranger["fallback"], "trending");
    assert_eq!(ids(&stranger), ["10001", "10003", "10002"]);
    assert_eq!(stranger["items"][0]["reason"]["text"], "it is bought more and more");
    let lighting = service.get("/v1/recommendations?userId=nobody&category=lighting").await.json();
    assert_eq!(ids(&lighting), ["10001"]);
    let empty = Service::with_history().await;
    let first = empty.get("/v1/recommendations?userId=nobody").await.json();
    assert_eq!((&first["model"], &first["fallback"]), (&Value::Null, &json!("popular")));
    assert_eq!(ids(&first), ["10001", "10002"]);
    let companions = empty.get("/v1/recommendations?userId=u2").await.json();
    assert_eq!((&companions["fallback"], ids(&companions)), (&json!("item-to-item"), vec!["10002"]));
}

#[tokio::test]
async fn sessions_batches_and_neighbours() {
    let service = with_model().await;
    let post = |path: &'static str, body: Value| service.post(path, "application/json", body.to_string());
    let session = json!({"items": ["10002", {"productId": "10001", "type": "cart"}], "limit": 1, "explain": true});
    let answer = post("/v1/recommendations/session", session).await.json();
    assert_eq!((ids(&answer), &answer["fallback"]), (vec!["10003"], &Value::Null));
    assert_eq!(answer["items"][0]["reason"]["because"][0]["bought"], false);
    let nothing = post("/v1/recommendations/session", json!({"items": []})).await.json();
    assert_eq!(nothing["fallback"], "trending");
    let batch = post("/v1/recommendations/batch", json!({"userIds": ["u1", "nobody"], "limit": 1})).await.json();
    let lists = batch["lists"].as_array().unwrap();
    assert_eq!(lists.iter().map(|list| list["fallback"].as_str()).collect::<Vec<_>>(), [None, Some("trending")]);

    let similar = service.get("/v1/products/10002/similar?limit=1").await.json();
    assert_eq!((ids(&similar), &similar["items"][0]["count"]), (vec!["10001"], &json!(1)));
    assert_eq!(service.get("/v1/products/99999/similar").await.status, StatusCode::NOT_FOUND);
    assert_eq!(ids(&service.get("/v1/products/trending?limit=2").await.json()), ["10001", "10003"]);
    let users = service.get("/v1/users/u1/similar").await.json();
    assert_eq!(users["items"][0]["userId"], "u2");
    assert_eq!(service.get("/v1/users/nobody/similar").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn bad_parameters_and_bodies_are_named() {
    let service = Service::start(&[]);
    for (path, field) in [
        ("/v1/recommendations", "userId"),
        ("/v1/recommendations?userId=", "userId"),
        ("/v1/recommendations?userId=u&limit=0", "limit"),
        ("/v1/recommendations?userId=u&explain=yes", "explain"),
        ("/v1/recommendations?userId=u&diversity=NaN", "diversity"),
        ("/v1/recommendations?userId=u&user=v", "user"),
        ("/v1/products/trending?limit=x", "limit"),
    ] {
        let reply = service.get(path).await;
        assert_eq!((reply.status, reply.header("content-type")), (StatusCode::BAD_REQUEST, "application/problem+json"));
        assert_eq!(reply.json()["field"], field, "{path}: {}", reply.text());
    }
    for body in [
        "",
        "[]",
        "{}",
        r#"{"items":[1]}"#,
        r#"{"items":[],"limt":3}"#,
        r#"{"items":[],"limit":0}"#,
        r#"{"items":[],"diversity":2}"#,
        r#"{"items":[{"productId":"a","type":"eaten"}]}"#,
    ] {
        let reply = service.post("/v1/recommendations/session", "application/json", body).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{body}: {}", reply.text());
    }
    let many = json!({"userIds": vec!["u"; 1_001]}).to_string();
    let reply = service.post("/v1/recommendations/batch", "application/json", many).await;
    assert_eq!(reply.json()["field"], "userIds");
}
