//! `GET /v1/stores`: any store, by name and key.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::Value;
use tillstream_processors::{shown_key, shown_value, stored_key};
use tillstream_runtime::StoreQuery;
use tillstream_runtime::query::TaskView;
use tillstream_stores::{Snapshot, StoreKind, bytes};
use utoipa::{IntoParams, ToSchema};

use super::answer::Answer;
use super::params::{self, Params, QueryParams, Strict, did_you_mean, excerpt};
use super::problem::Problem;
use super::time::{Instant, parse_time};
use crate::AppState;

/// Rows of one window query.
const MAX_WINDOWS: usize = 10_000;

/// A store of this instance.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StoreView {
    /// Its name.
    #[schema(example = "orders")]
    name: String,
    /// `keyValue` or `window`.
    #[schema(example = "keyValue")]
    kind: &'static str,
    /// Number of tasks it is spread over.
    partitions: u32,
    /// Number of those that are here and readable.
    readable: usize,
}

/// All stores.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Stores {
    /// By name.
    stores: Vec<StoreView>,
    /// Event time of the furthest task.
    as_of: Option<Instant>,
}

/// The stores that can be asked.
#[utoipa::path(get, path = "/v1/stores", tag = "stores", operation_id = "listStores", responses(
    (status = 200, description = "all stores", body = Stores),
    (status = 400, description = "unknown parameter", body = Problem),
))]
pub(crate) async fn list(State(state): State<AppState>, _: Strict<params::Nothing>) -> Answer<Stores> {
    let stamp = state.stamp();
    let mut found: BTreeMap<String, (&'static str, usize)> = BTreeMap::new();
    for task in state.query().tasks() {
        for (name, kind) in task.reader.stores() {
            let kind = match kind {
                StoreKind::Window => "window",
                StoreKind::Session => "session",
                _ => "keyValue",
            };
            found.entry(name.to_owned()).or_insert((kind, 0)).1 += 1;
        }
    }
    let view = |(name, (kind, readable)): (String, (&'static str, usize))| StoreView {
        partitions: state.query().partitions(&name).unwrap_or(0),
        name,
        kind,
        readable,
    };
    let stores = found.into_iter().map(view).collect();
    let as_of = Instant::known(stamp.stream_time);
    Answer::fresh(Stores { stores, as_of }, stamp)
}

/// Which windows.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct WindowParams {
    /// First window start, or session end.
    #[param(value_type = Option<String>, example = "2010-12-01")]
    from: Option<i64>,
    /// Window starts, or session ends, before this time.
    #[param(value_type = Option<String>, example = "2010-12-02")]
    to: Option<i64>,
}

impl QueryParams for WindowParams {
    fn read(params: &mut Params) -> Result<Self, Problem> {
        Ok(Self { from: params.parsed("from", parse_time)?, to: params.parsed("to", parse_time)? })
    }
}

/// A value of a window store.
#[derive(Debug, Serialize, ToSchema)]
struct WindowRow {
    /// Start of the window.
    start: Instant,
    /// End of the window: exclusive, of a session its last event.
    end: Instant,
    /// The value as JSON; of a store that is none of the shop's as base64, unless it is JSON or a count.
    #[schema(value_type = Object)]
    value: Value,
    /// Event time of the last change.
    timestamp: Option<Instant>,
}

/// What a store holds for a key.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StoreAnswer {
    /// The store.
    store: String,
    /// The key: text, or an object where it has parts.
    #[schema(value_type = Object, example = "536365")]
    key: Value,
    /// The value of a key-value store.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    value: Option<Value>,
    /// Event time of the last change.
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<Instant>,
    /// The rows of a window store, by start.
    #[serde(skip_serializing_if = "Option::is_none")]
    windows: Option<Vec<WindowRow>>,
    /// Event time of the furthest task.
    as_of: Option<Instant>,
}

/// The value of a key in any store, or its windows.
#[utoipa::path(get, path = "/v1/stores/{name}/{key}", tag = "stores", operation_id = "getFromStore",
    params(("name" = String, Path, description = "the store", example = "orders"),
           ("key" = String, Path, description = "the key as text; revenue has keys such as `GBP` and `GBP:lighting`", example = "536365"), WindowParams),
    responses(
        (status = 200, description = "what the store holds", body = StoreAnswer),
        (status = 400, description = "bad parameter", body = Problem),
        (status = 404, description = "no such store or key", body = Problem),
        (status = 503, description = "the part of the store that holds the key is not here yet", body = Problem),
    ))]
pub(crate) async fn get(
    State(state): State<AppState>,
    Path((name, key)): Path<(String, String)>,
    Strict(windows): Strict<WindowParams>,
) -> Result<Answer<StoreAnswer>, Problem> {
    let work = move |state: &AppState| {
        let stamp = state.stamp();
        let mut answer = read(state.query(), name, &key, &windows)?;
        answer.as_of = Instant::known(stamp.stream_time);
        Ok(Answer::fresh(answer, stamp))
    };
    state.scan(work).await
}

fn read(query: &StoreQuery, store: String, key: &str, windows: &WindowParams) -> Result<StoreAnswer, Problem> {
    let holders = query.holders(&store);
    // By the same look: a task that comes meanwhile was not asked.
    let all_asked = query.are_all(&store, &holders);
    let kind = holders.iter().flat_map(|task| task.reader.stores()).find(|(name, _)| *name == store);
    let Some((_, kind)) = kind else {
        return Err(unknown_store(query, &store));
    };
    let stored = stored_key(&store, key)?;
    let shown = shown_key(&store, &stored);
    let answer = match kind {
        StoreKind::Window | StoreKind::Session => {
            let rows = read_windows(&holders, (&store, kind), &stored, windows)?;
            // Whoever holds the key may be the one that is not here.
            if rows.is_empty() && !all_asked {
                return Err(partly_open(&store));
            }
            StoreAnswer { store, key: shown, value: None, timestamp: None, windows: Some(rows), as_of: None }
        }
        _ => {
            if windows.from.is_some() || windows.to.is_some() {
                let detail = format!("{store} is no window store: it has no times");
                return Err(Problem::parameter(if windows.from.is_some() { "from" } else { "to" }, detail));
            }
            let found = read_value(&holders, &store, &stored)?;
            let Some((value, timestamp)) = found else {
                return Err(if all_asked {
                    Problem::not_found(format!("store {store} holds nothing for {}", excerpt(key)))
                } else {
                    partly_open(&store)
                });
            };
            let timestamp = Instant::known(timestamp);
            let value = Some(render(&store, &value));
            StoreAnswer { store, key: shown, value, timestamp, windows: None, as_of: None }
        }
    };
    Ok(answer)
}

/// All holders are asked, since how a store is partitioned is its topology's business.
fn read_value(holders: &[Arc<TaskView>], store: &str, key: &[u8]) -> Result<Option<(Vec<u8>, i64)>, Problem> {
    for task in holders {
        let found = task.reader.snapshot(|snapshot: &Snapshot<'_>| snapshot.get(store, key))??;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

fn read_windows(
    holders: &[Arc<TaskView>],
    (store, kind): (&str, StoreKind),
    key: &[u8],
    params: &WindowParams,
) -> Result<Vec<WindowRow>, Problem> {
    let (from, to) = (params.from.unwrap_or(0), params.to.map_or(i64::MAX, |to| to.saturating_sub(1)));
    let mut rows = Vec::new();
    for task in holders {
        let found = task.reader.snapshot(|snapshot: &Snapshot<'_>| {
            let key = key.to_vec();
            match kind {
                StoreKind::Session => {
                    snapshot.session_view(store, bytes(), bytes())?.fetch(&key, from, to, MAX_WINDOWS)
                }
                _ => snapshot.window_view(store, bytes(), bytes())?.fetch(&key, from, to, MAX_WINDOWS),
            }
        })??;
        rows.extend(found.into_iter().map(|(windowed, row)| WindowRow {
            start: Instant(windowed.window.start),
            end: Instant(windowed.window.end),
            value: render(store, &row.value),
            timestamp: Instant::known(row.timestamp),
        }));
    }
    rows.sort_by_key(|row| row.start);
    Ok(rows)
}

fn partly_open(store: &str) -> Problem {
    Problem::not_ready(format!("a part of store {store} is being restored or moved; ask again in a second"))
}

fn unknown_store(query: &StoreQuery, store: &str) -> Problem {
    let stores = query.stores();
    if stores.is_empty() {
        return Problem::not_ready("no store is open yet; ask again in a second");
    }
    let names: Vec<&str> = stores.iter().map(String::as_str).collect();
    let advice = did_you_mean(store, &names);
    Problem::not_found(format!("there is no store {}{advice}; GET /v1/stores lists them", excerpt(store)))
}

/// As the type of the store; of a store that is none of the shop's JSON as it is, eight bytes as a count, anything else as
/// base64.
fn render(store: &str, bytes: &[u8]) -> Value {
    if let Some(value) = shown_value(store, bytes).or_else(|| serde_json::from_slice(bytes).ok()) {
        return value;
    }
    match <[u8; 8]>::try_from(bytes) {
        Ok(count) => Value::from(i64::from_be_bytes(count)),
        Err(_) => serde_json::json!({ "base64": STANDARD.encode(bytes) }),
    }
}
