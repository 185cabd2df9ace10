//! `store_*`: every store as it is, key and value as JSON. Whatever a topology keeps can be asked.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use serde_json::Value;
use tillstream_processors::{shown_key, shown_value, stored_key};
use tillstream_stores::{StoreKind, Window, bytes};

use super::column::{Cell, Column, Kind};
use super::{About, Batches, Sink, State, Table, Wanted};
use crate::error::SqlError;

#[derive(Debug)]
struct Row {
    store: Arc<str>,
    key: Vec<u8>,
    window: Option<Window>,
    value: Vec<u8>,
    timestamp: i64,
}

/// Text as it is, anything else as JSON.
fn plain(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// The value as the shop knows it; of another's store JSON as it is, eight bytes as a count, anything else as hexadecimal digits.
fn shown(store: &str, value: &[u8]) -> String {
    if let Some(value) = shown_value(store, value) {
        return value.to_string();
    }
    if let Ok(text) = std::str::from_utf8(value)
        && serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok()
    {
        return text.to_owned();
    }
    match <[u8; 8]>::try_from(value) {
        Ok(count) => i64::from_be_bytes(count).to_string(),
        Err(_) => {
            let digits: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
            Value::String(digits).to_string()
        }
    }
}

const COLUMNS: &[Column<Row>] = &[
    Column::new("key", Kind::Text, "The key: text, or JSON where it has parts.", |row| {
        Cell::Owned(plain(shown_key(&row.store, &row.key)))
    }),
    Column::optional("window_start", Kind::Time, "Start of the window, in a window store.", |row| {
        Cell::time(row.window.map(|window| window.start))
    }),
    Column::optional("window_end", Kind::Time, "End of the window, exclusive, in a window store.", |row| {
        Cell::time(row.window.map(|window| window.end))
    }),
    Column::new("value", Kind::Text, "The value as JSON.", |row| Cell::Owned(shown(&row.store, &row.value))),
    Column::new("value_bytes", Kind::Integer, "Length of the value as it is stored; cheaper than the value.", |row| {
        Cell::Integer(row.value.len() as i64)
    }),
    Column::optional("timestamp", Kind::Time, "Event time of the last change.", |row| {
        Cell::time((row.timestamp >= 0).then_some(row.timestamp))
    }),
];

/// A store as it is.
#[derive(Debug)]
struct Stored {
    store: Arc<str>,
    kind: StoreKind,
    about: About,
    schema: SchemaRef,
}

/// One table a store.
pub(super) fn tables(state: &State) -> Vec<Arc<dyn Table>> {
    let table = |(store, kind): &(String, StoreKind)| {
        let name = format!("store_{}", store.replace('-', "_"));
        let comment = format!("The store {store} as it is: key and value as JSON.");
        let mut about = About::new(name, &comment, COLUMNS, 1, &["key", "window_start"]).in_parts(2);
        if *kind == StoreKind::Window {
            about.key.push("window_start".to_owned());
        }
        Arc::new(Stored { store: store.as_str().into(), kind: *kind, schema: about.schema(), about }) as Arc<dyn Table>
    };
    state.topology.stores.iter().map(table).collect()
}

impl Stored {
    fn key_values(&self, state: &State, wanted: &Wanted, batches: &mut Batches<'_, Row>) -> Result<(), SqlError> {
        let row = |key, value, timestamp| Row { store: Arc::clone(&self.store), key, window: None, value, timestamp };
        let keys = wanted.texts("key");
        state.over_tasks(&self.store, wanted, batches, |snapshot, batches| {
            let view = snapshot.key_value_view(&self.store, bytes(), bytes())?;
            let Some(keys) = &keys else {
                view.visit(&[], None, None, |key, found| batches.push(&row(key, found.value, found.timestamp)))?;
                return Ok(());
            };
            // How a store is partitioned is its topology's business: each task is asked.
            for key in keys {
                let Ok(key) = stored_key(&self.store, key) else { continue };
                if let Some(found) = view.get(&key)?
                    && batches.push(&row(key, found.value, found.timestamp)).is_break()
                {
                    break;
                }
            }
            Ok(())
        })
    }

    fn windows(&self, state: &State, wanted: &Wanted, batches: &mut Batches<'_, Row>) -> Result<(), SqlError> {
        let (from, to) = wanted.number_range("window_start");
        let keys = wanted
            .texts("key")
            .map(|keys| keys.into_iter().filter_map(|key| stored_key(&self.store, key).ok()).collect::<Vec<Vec<u8>>>());
        state.over_tasks(&self.store, wanted, batches, |snapshot, batches| {
            let view = snapshot.window_view(&self.store, bytes(), bytes())?;
            view.visit(from.max(0), to, |key, found| {
                if keys.as_ref().is_some_and(|keys| !keys.contains(&key.key)) {
                    return batches.skip();
                }
                let window = Some(key.window);
                batches.push(&Row {
                    store: Arc::clone(&self.store),
                    key: key.key,
                    window,
                    value: found.value,
                    timestamp: found.timestamp,
                })
            })?;
            Ok(())
        })
    }
}

impl Table for Stored {
    fn about(&self) -> &About {
        &self.about
    }

    fn scan(&self, state: &State, wanted: &Wanted, sink: &mut dyn Sink) -> Result<(), SqlError> {
        let mut batches = Batches::new(&self.schema, COLUMNS, wanted, sink);
        match self.kind {
            StoreKind::Window => self.windows(state, wanted, &mut batches)?,
            _ => self.key_values(state, wanted, &mut batches)?,
        }
        batches.finish()
    }
}
