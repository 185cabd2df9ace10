//! `GET /v1/ledger`: what became of every record.

use std::collections::BTreeMap;

use axum::extract::State;
use serde::Serialize;
use tillstream_runtime::ledger::Entry;
use utoipa::ToSchema;

use crate::AppState;
use crate::http::answer::Answer;
use crate::http::params::{self, Strict};
use crate::http::problem::Problem;
use crate::http::time::Instant;

/// What became of the records of a topic. `consumed` is the sum of the rest.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub(crate) struct LedgerEntry {
    /// Records taken from the topic.
    #[schema(example = 25_900)]
    consumed: u64,
    /// Records that took effect.
    #[schema(example = 25_890)]
    applied: u64,
    /// Records sent to the dead letters.
    #[schema(example = 4)]
    dead: u64,
    /// Records behind the grace of a window.
    #[schema(example = 1)]
    late: u64,
    /// Records whose event id was seen before.
    #[schema(example = 5)]
    duplicate: u64,
    /// Records without use: null keys or values.
    #[schema(example = 0)]
    skipped: u64,
}

impl From<&Entry> for LedgerEntry {
    fn from(entry: &Entry) -> Self {
        let Entry { consumed, applied, dead, late, duplicate, skipped } = *entry;
        Self { consumed, applied, dead, late, duplicate, skipped }
    }
}

/// The ledger of all topics.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ledger {
    /// By topic, all time.
    topics: BTreeMap<String, LedgerEntry>,
    /// Over all topics.
    #[serde(flatten)]
    total: LedgerEntry,
    /// Event time the ledger goes up to.
    as_of: Option<Instant>,
}

/// What became of every record consumed, all time: nothing is lost and nothing counts twice.
#[utoipa::path(get, path = "/v1/ledger", tag = "operations", responses(
    (status = 200, description = "the ledger", body = Ledger),
    (status = 400, description = "unknown parameter", body = Problem),
    (status = 503, description = "not all tasks are open", body = Problem),
))]
pub(crate) async fn ledger(
    State(state): State<AppState>,
    _: Strict<params::Nothing>,
) -> Result<Answer<Ledger>, Problem> {
    let stamp = state.stamp();
    let ledger = state.query().whole_ledger().ok_or_else(|| {
        Problem::not_ready(
            "not all tasks are open: state is being restored or moved, or processing is paused; ask again in a moment",
        )
    })?;
    let mut total = Entry::default();
    ledger.values().for_each(|entry| total += *entry);
    let topics = ledger.iter().map(|(topic, entry)| (topic.clone(), entry.into())).collect();
    let as_of = Instant::known(stamp.stream_time);
    Ok(Answer::fresh(Ledger { topics, total: (&total).into(), as_of }, stamp))
}
