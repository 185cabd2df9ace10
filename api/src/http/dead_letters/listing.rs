//! `GET /v1/dead-letters` and one of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use tillstream_runtime::log::{Log, LogError, OffsetRange, RawRecord, Stretch, TopicPartition, read_stretches};
use utoipa::{IntoParams, ToSchema};

use super::letter::DeadLetter;
use crate::AppState;
use crate::http::cursor;
use crate::http::params::{self, Params, QueryParams, Strict};
use crate::http::problem::Problem;

/// Letters of one page.
const MAX_LIMIT: usize = 500;

/// Parameters of the list.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParams {
    /// Most letters to answer, 1 to 500; 50 if absent.
    #[param(value_type = Option<u32>, example = 20)]
    limit: usize,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Bounds>,
}

impl ListParams {
    /// The newest letters.
    pub(crate) fn newest(limit: usize) -> Self {
        Self { limit: limit.clamp(1, MAX_LIMIT), after: None }
    }
}

impl QueryParams for ListParams {
    fn read(params: &mut Params) -> Result<Self, Problem> {
        Ok(Self { limit: params.number("limit", 1, MAX_LIMIT, 50)?, after: params.parsed("after", Bounds::parse)? })
    }
}

/// For each partition, the offset before which the next page starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Bounds(BTreeMap<u32, i64>);

impl Bounds {
    fn parse(text: &str) -> Result<Self, &'static str> {
        let text = cursor::decode_text(text)?;
        let bound = |part: &str| {
            let (partition, offset) = part.split_once('=')?;
            Some((partition.parse().ok()?, offset.parse().ok()?))
        };
        text.split(',').map(bound).collect::<Option<_>>().map(Self).ok_or("expected the `next` of the page before")
    }

    fn cursor(&self) -> String {
        let parts: Vec<String> = self.0.iter().map(|(partition, offset)| format!("{partition}={offset}")).collect();
        cursor::encode(parts.join(",").as_bytes())
    }
}

/// A page of dead letters, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeadLetters {
    /// Newest first.
    items: Vec<DeadLetter>,
    /// Letters there are in all.
    total: i64,
    /// Give it as `after` for the next page; absent on the last.
    next: Option<String>,
}

/// Records that were refused, newest first, with the reason and the original bytes.
#[utoipa::path(get, path = "/v1/dead-letters", tag = "dead letters", operation_id = "listDeadLetters", params(ListParams),
    responses(
        (status = 200, description = "a page of dead letters", body = DeadLetters),
        (status = 400, description = "bad parameter", body = Problem),
    ))]
pub(crate) async fn list(
    State(state): State<AppState>,
    Strict(params): Strict<ListParams>,
) -> Result<Json<DeadLetters>, Problem> {
    Ok(Json(state.scan(move |state| Ok(page(&**state.log(), dead_letter_topic(state), &params)?)).await?))
}

/// One refused record.
#[utoipa::path(get, path = "/v1/dead-letters/{partition}/{offset}", tag = "dead letters", operation_id = "getDeadLetter",
    params(("partition" = u32, Path, description = "partition of the dead-letter topic"),
           ("offset" = i64, Path, description = "offset in it")),
    responses(
        (status = 200, description = "the dead letter", body = DeadLetter),
        (status = 404, description = "no such letter", body = Problem),
    ))]
pub(crate) async fn show(
    State(state): State<AppState>,
    Path((partition, offset)): Path<(u32, i64)>,
    _: Strict<params::Nothing>,
) -> Result<Json<DeadLetter>, Problem> {
    let work = move |state: &AppState| {
        let record = find(&**state.log(), dead_letter_topic(state), partition, offset)?;
        Ok(DeadLetter::of(partition, &record))
    };
    Ok(Json(state.scan(work).await?))
}

pub(super) fn dead_letter_topic(state: &AppState) -> &str {
    &state.config().config.topics.dead_letters
}

/// The letter at exactly this place. Blocking.
pub(crate) fn find(log: &dyn Log, topic: &str, partition: u32, offset: i64) -> Result<RawRecord, Problem> {
    let missing = || Problem::not_found(format!("there is no dead letter at {partition}/{offset}"));
    let place = TopicPartition::new(topic, partition);
    let range = match log.offsets(std::slice::from_ref(&place)) {
        Err(LogError::UnknownTopic(_)) => return Err(missing()),
        ranges => ranges?.into_iter().next().ok_or_else(missing)?,
    };
    if !(range.start..range.end).contains(&offset) {
        return Err(missing());
    }
    let found = read_stretches(log, &[Stretch::up_to(&place, offset, offset + 1)])?;
    found.into_iter().flatten().next().ok_or_else(missing)
}

/// A page of letters. Blocking.
pub(crate) fn page(log: &dyn Log, topic: &str, params: &ListParams) -> Result<DeadLetters, LogError> {
    let count = log.topics()?.into_iter().find(|info| &*info.name == topic).map_or(0, |info| info.partitions);
    let topic: Arc<str> = topic.into();
    let places: Vec<_> = (0..count).map(|partition| TopicPartition::new(Arc::clone(&topic), partition)).collect();
    let ranges = log.offsets(&places)?;
    let total = ranges.iter().map(|range| range.end - range.start).sum();
    let mut bounds = params.after.clone().unwrap_or_default();
    let mut heads = Vec::new();
    let mut stretches = Vec::new();
    for (place, OffsetRange { start, end }) in places.iter().zip(&ranges) {
        let before = bounds.0.get(&place.partition).copied().unwrap_or(*end).clamp(*start, *end);
        bounds.0.insert(place.partition, before);
        // The end of a transaction may take an offset of its own behind each letter.
        stretches.push(Stretch::up_to(place, (before - 2 * params.limit as i64).max(*start), before));
    }
    for (stretch, newest) in stretches.iter().zip(read_stretches(log, &stretches)?) {
        heads.push((stretch.partition.partition, stretch.from, newest));
    }
    let mut items = Vec::new();
    while items.len() < params.limit {
        // Partitions know no common order: the newest timestamp goes first, of equal ones the lowest partition.
        let newest = heads.iter_mut().rev().max_by_key(|(_, _, records)| records.last().map(|record| record.timestamp));
        let Some((partition, _, records)) = newest else { break };
        let Some(record) = records.pop() else { break };
        bounds.0.insert(*partition, record.offset);
        items.push(DeadLetter::of(*partition, &record));
    }
    // Where no letter is left the next page goes on before the stretch, which may have held none at all.
    let read_out = heads.iter().filter(|(_, _, records)| records.is_empty());
    bounds.0.extend(read_out.map(|(partition, from, _)| (*partition, *from)));
    let mut starts = places.iter().zip(&ranges);
    let more = starts.any(|(place, range)| bounds.0.get(&place.partition).is_some_and(|before| *before > range.start));
    Ok(DeadLetters { items, total, next: more.then(|| bounds.cursor()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_names_a_bound_for_each_partition() {
        let bounds = Bounds(BTreeMap::from([(0, 12), (3, 0)]));
        assert_eq!(Bounds::parse(&bounds.cursor()), Ok(bounds));
        assert!(Bounds::parse("!").is_err());
        assert!(Bounds::parse(&cursor::encode(b"0=x")).is_err());
    }
}
