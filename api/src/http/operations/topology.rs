//! `GET /v1/topology`: what the application is made of.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tillstream_topology::{SubTopology, TopicName, Topology};
use utoipa::{IntoParams, ToSchema};

use crate::AppState;
use crate::http::params::{Params, QueryParams, Strict};
use crate::http::problem::Problem;

/// In which form.
#[derive(Clone, Copy, Debug)]
enum Form {
    Text,
    Mermaid,
    Dot,
    Json,
}

/// Parameters of the topology.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TopologyParams {
    /// `text` (as Kafka Streams prints it, the default), `mermaid`, `dot` or `json`.
    #[param(value_type = Option<String>, example = "mermaid")]
    format: Form,
}

impl QueryParams for TopologyParams {
    fn read(params: &mut Params) -> Result<Self, Problem> {
        let forms = [("text", Form::Text), ("mermaid", Form::Mermaid), ("dot", Form::Dot), ("json", Form::Json)];
        Ok(Self { format: params.choice("format", &forms)?.unwrap_or(Form::Text) })
    }
}

/// One sub-topology.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SubTopologyView {
    /// Its number.
    id: usize,
    /// Topics it reads.
    sources: Vec<String>,
    /// Topics it writes.
    sinks: Vec<String>,
    /// Stores it keeps.
    stores: Vec<String>,
}

/// The topology as data.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TopologyView {
    /// By number.
    sub_topologies: Vec<SubTopologyView>,
}

impl TopologyView {
    fn of(topology: &Topology, application_id: &str) -> Self {
        let names = |topics: &std::collections::BTreeSet<TopicName>| -> Vec<String> {
            topics.iter().map(|topic| topic.full(application_id).to_string()).collect()
        };
        let view = |sub: &SubTopology| SubTopologyView {
            id: sub.id,
            sources: names(&sub.source_topics),
            sinks: names(&sub.sink_topics),
            stores: sub.stores.iter().cloned().collect(),
        };
        Self { sub_topologies: topology.sub_topologies().iter().map(view).collect() }
    }
}

/// The topology that runs: the text of Kafka Streams' `describe()`, a Mermaid chart, a Graphviz graph, or JSON.
#[utoipa::path(get, path = "/v1/topology", tag = "operations", params(TopologyParams), responses(
    (status = 200, description = "the topology", content(
        (String = "text/plain"), (String = "text/vnd.mermaid"), (String = "text/vnd.graphviz"), (TopologyView = "application/json"))),
    (status = 400, description = "bad parameter", body = Problem),
))]
pub(crate) async fn topology(State(state): State<AppState>, Strict(params): Strict<TopologyParams>) -> Response {
    let topology = state.application().topology();
    match params.format {
        Form::Text => topology.describe().into_response(),
        Form::Mermaid => {
            ([(header::CONTENT_TYPE, "text/vnd.mermaid; charset=utf-8")], topology.mermaid()).into_response()
        }
        Form::Dot => ([(header::CONTENT_TYPE, "text/vnd.graphviz; charset=utf-8")], topology.dot()).into_response(),
        Form::Json => Json(TopologyView::of(topology, &state.config().config.application.id)).into_response(),
    }
}
