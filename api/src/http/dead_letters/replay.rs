//! `POST /v1/dead-letters/{partition}/{offset}/replay`

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Serialize;
use tillstream_runtime::log::{Append, Log, LogError, LogWriter, RawRecord};
use tillstream_runtime::partitioner::partition_for;
use tillstream_stores::Headers;
use utoipa::ToSchema;

use super::letter::{PREFIX, origin};
use super::listing::{dead_letter_topic, find};
use crate::AppState;
use crate::http::params::{self, Strict};
use crate::http::problem::{Kind, Problem};

/// Where a letter was put back.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PutBack {
    /// The topic it came from.
    #[schema(example = "orders")]
    topic: String,
    /// The partition it came from, or the one its key belongs to now.
    #[schema(example = 3)]
    partition: u32,
    /// Its new offset.
    #[schema(example = 903)]
    offset: i64,
}

/// Puts a refused record back to the topic it came from, with its original bytes, after what refused it was fixed. It
/// stays among the dead letters too; an event that took effect meanwhile counts once all the same, by its `eventId`.
#[utoipa::path(post, path = "/v1/dead-letters/{partition}/{offset}/replay", tag = "dead letters",
    operation_id = "replayDeadLetter",
    params(("partition" = u32, Path, description = "partition of the dead-letter topic"),
           ("offset" = i64, Path, description = "offset in it")),
    responses(
        (status = 202, description = "put back", body = PutBack),
        (status = 404, description = "no such letter", body = Problem),
        (status = 409, description = "it does not say where it came from, or that topic is gone", body = Problem),
        (status = 429, description = "too many requests are being written", body = Problem),
    ))]
pub(crate) async fn replay(
    State(state): State<AppState>,
    Path((partition, offset)): Path<(u32, i64)>,
    _: Strict<params::Nothing>,
) -> Result<(StatusCode, Json<PutBack>), Problem> {
    let place = Arc::clone(state.ingest_places()).try_acquire_owned();
    let place =
        place.map_err(|_| Problem::new(Kind::TooManyRequests, "too many requests are being written").retry_after(1))?;
    let work = move |state: &AppState| {
        let _place = place;
        let record = find(&**state.log(), dead_letter_topic(state), partition, offset)?;
        let put_back = state.writers().lend(|writer| put_back(&**state.log(), writer, &record))?;
        put_back.ok_or_else(|| Problem::new(Kind::TooManyRequests, "all writers are busy").retry_after(1))
    };
    Ok((StatusCode::ACCEPTED, Json(state.scan(work).await?)))
}

/// Appends the record to the topic it came from. Blocking.
pub(crate) fn put_back(log: &dyn Log, writer: &mut dyn LogWriter, record: &RawRecord) -> Result<PutBack, Problem> {
    let from = origin(&record.headers);
    let gone = |detail: String| Problem::new(Kind::Conflict, detail);
    let topic = from.topic.ok_or_else(|| gone("the letter does not say which topic it came from".to_owned()))?;
    let topics = log.topics()?;
    let Some(info) = topics.iter().find(|info| *info.name == *topic) else {
        return Err(gone(format!("topic {topic}, which it came from, does not exist any more")));
    };
    let of_key = || record.key.as_deref().map_or(0, |key| partition_for(key, info.partitions));
    let partition = from.partition.filter(|partition| *partition < info.partitions).unwrap_or_else(of_key);
    let offset = append(writer, &info.name, partition, record)?;
    Ok(PutBack { topic, partition, offset })
}

fn append(writer: &mut dyn LogWriter, topic: &Arc<str>, partition: u32, record: &RawRecord) -> Result<i64, LogError> {
    let mut headers = Headers::new();
    for (name, value) in record.headers.iter().filter(|(name, _)| !name.starts_with(PREFIX)) {
        headers.push(name, value.cloned());
    }
    let (key, value, timestamp) = (record.key.as_deref(), record.value.as_deref(), record.timestamp);
    writer.append(Append { topic, partition, key, value, timestamp, headers: &headers })?;
    let next = writer.commit()?.next_offsets;
    Ok(next.first().map_or(0, |next| next.offset - 1))
}
