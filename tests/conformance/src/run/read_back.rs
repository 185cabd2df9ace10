//! Records and store rows as the cases show them.

use std::ops::ControlFlow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value as Json, json};
use tillstream_topology::TopologyTestDriver;
use tillstream_topology::driver::ProducedRecord;
use tillstream_topology::stores::{Format, Headers, Snapshot, StoreBuilder, StoreKind};

use crate::CaseError;
use crate::build::Made;
use crate::key::KeyKind;

/// A record of an outside topic.
pub(super) fn decoded(record: &ProducedRecord, kind: KeyKind) -> Result<Json, CaseError> {
    let mut row = Map::new();
    kind.describe(record.key.as_deref(), &mut row);
    row.insert("value".to_owned(), record.value.as_deref().map_or(Ok(Json::Null), parse)?);
    row.insert("timestamp".to_owned(), record.timestamp.into());
    add_headers(&record.headers, &mut row);
    Ok(row.into())
}

fn parse(bytes: &[u8]) -> Result<Json, CaseError> {
    serde_json::from_slice(bytes)
        .map_err(|error| CaseError::meaning(format!("{:?} was written: {error}", String::from_utf8_lossy(bytes))))
}

/// Adds the field `headers`, if there are any.
pub(super) fn add_headers(headers: &Headers, row: &mut Map<String, Json>) {
    if headers.is_empty() {
        return;
    }
    let shown = headers.iter().map(|(name, value)| {
        let value = value.map(|value| match std::str::from_utf8(value) {
            Ok(text) if !text.chars().any(char::is_control) => json!(text),
            _ => json!({"base64": BASE64.encode(value)}),
        });
        json!([name, value])
    });
    row.insert("headers".to_owned(), shown.collect());
}

/// All rows of all stores.
pub(super) fn stores(made: &Made, driver: &TopologyTestDriver) -> Result<Json, CaseError> {
    let reader = driver.state().reader();
    let read = |snapshot: &Snapshot<'_>| {
        let stores = made.topology.stores();
        stores.map(|store| Ok((store.name().to_owned(), rows(made, &**store, snapshot)?))).collect()
    };
    let stores: Result<Map<String, Json>, CaseError> = reader.snapshot(read)?;
    Ok(stores?.into())
}

fn rows(made: &Made, store: &dyn StoreBuilder, snapshot: &Snapshot<'_>) -> Result<Json, CaseError> {
    let timestamped = store.options().format == Format::Timestamped;
    let key_kind = made.windowed_stores.get(store.name()).copied().unwrap_or(KeyKind::Plain);
    let mut found = Vec::new();
    snapshot.scan(store.name(), None, None, false, usize::MAX, &mut |key, value, timestamp| {
        let mut row = Map::new();
        match (store.kind(), store.windows()) {
            (StoreKind::Window, Some(windows)) => {
                // A window store's key has four more bytes, a number for duplicates.
                let key = key.get(..key.len().saturating_sub(4));
                KeyKind::Time(windows.window_size_ms).describe(key, &mut row);
            }
            (StoreKind::Session, _) => KeyKind::Session.describe(Some(key), &mut row),
            _ => key_kind.describe(Some(key), &mut row),
        }
        row.insert("value".to_owned(), serde_json::from_slice(value).unwrap_or_else(|_| json!(BASE64.encode(value))));
        if timestamped {
            row.insert("timestamp".to_owned(), timestamp.into());
        }
        found.push(Json::from(row));
        ControlFlow::Continue(())
    })?;
    Ok(found.into())
}
