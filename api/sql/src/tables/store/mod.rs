//! `store_*`: every store as it is, key and value as JSON. Whatever a topology keeps can be asked. A store whose type of values is
//! known has a column for each of their fields.

mod fields;
mod typed;

use std::cell::OnceCell;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tillstream_processors::{shown_key, shown_value, stored_key};
use tillstream_stores::{SharedSerde, StoreKind, ValueAndTimestamp, Window, bytes};

use self::typed::Typed;
use super::column::{Cell, Column, Kind};
use super::{About, Batches, Sink, State, Table, Wanted};
use crate::error::{ErrorKind, SqlError};

/// Sessions of one task that a scan lists at most.
const SESSIONS: usize = 1_000_000;

/// A row of a store.
#[derive(Debug)]
struct Row {
    store: Arc<str>,
    key: Vec<u8>,
    window: Option<Window>,
    value: Vec<u8>,
    timestamp: i64,
    /// How its value is read, where that is known.
    typed: Option<Arc<Typed>>,
    /// The value, once it was read.
    read: OnceCell<Value>,
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

const KEY: Column<Row> = Column::new("key", Kind::Text, "The key: text, or JSON where it has parts.", |row| {
    Cell::Owned(plain(shown_key(&row.store, &row.key)))
});
const START: Column<Row> =
    Column::optional("window_start", Kind::Time, "Start of the window, in a window store.", |row| {
        Cell::time(row.window.map(|window| window.start))
    });
const END: Column<Row> =
    Column::optional("window_end", Kind::Time, "End of the window, exclusive, in a window store.", |row| {
        Cell::time(row.window.map(|window| window.end))
    });
const CHANGED: Column<Row> = Column::optional("timestamp", Kind::Time, "Event time of the last change.", |row| {
    Cell::time((row.timestamp >= 0).then_some(row.timestamp))
});

/// The columns of a store of which nothing more is known.
fn as_it_is() -> Vec<Column<Row>> {
    vec![
        KEY,
        START,
        END,
        Column::new("value", Kind::Text, "The value as JSON.", |row| Cell::Owned(shown(&row.store, &row.value))),
        Column::new(
            "value_bytes",
            Kind::Integer,
            "Length of the value as it is stored; cheaper than the value.",
            |row| Cell::Integer(row.value.len() as i64),
        ),
        CHANGED,
    ]
}

/// A store.
#[derive(Debug)]
struct Stored {
    store: Arc<str>,
    kind: StoreKind,
    typed: Option<Arc<Typed>>,
    columns: Vec<Column<Row>>,
    about: About,
    schema: SchemaRef,
}

/// One table a store, as it is.
pub(super) fn tables(state: &State) -> Vec<Arc<dyn Table>> {
    let table = |(store, kind): &(String, StoreKind)| {
        let name = format!("store_{}", store.replace('-', "_"));
        let comment = format!("The store {store} as it is: key and value as JSON.");
        Arc::new(Stored::new(name, &comment, store, *kind, as_it_is(), None)) as Arc<dyn Table>
    };
    state.topology.stores.iter().map(table).collect()
}

/// The table of a store whose values are of the type `V`, with a column for each of its fields.
pub(super) fn typed<V>(
    state: &State,
    name: &str,
    store: &str,
    value: SharedSerde<V>,
) -> Result<Arc<dyn Table>, SqlError>
where
    V: Serialize + DeserializeOwned + 'static,
{
    let known = state.topology.stores.iter().find(|(known, _)| known == store);
    let unknown = || SqlError::new(ErrorKind::Invalid, format!("the topology has no store {store}"));
    let (_, kind) = known.ok_or_else(unknown)?;
    let (typed, fields) = Typed::of(value);
    let columns = [KEY, START, END].into_iter().chain(fields).chain([CHANGED]).collect();
    let comment = format!("The store {store}, with a column for each field of its values.");
    Ok(Arc::new(Stored::new(name.to_owned(), &comment, store, *kind, columns, Some(Arc::new(typed)))))
}

impl Stored {
    fn new(
        name: String,
        comment: &str,
        store: &str,
        kind: StoreKind,
        columns: Vec<Column<Row>>,
        typed: Option<Arc<Typed>>,
    ) -> Self {
        let mut about = About::new(name, comment, &columns, 1, &["key", "window_start"]).in_parts(2);
        if kind != StoreKind::KeyValue {
            about.key.push("window_start".to_owned());
        }
        Self { store: store.into(), kind, typed, columns, schema: about.schema(), about }
    }

    fn row(&self, key: Vec<u8>, window: Option<Window>, found: ValueAndTimestamp<Vec<u8>>) -> Row {
        Row {
            store: Arc::clone(&self.store),
            key,
            window,
            value: found.value,
            timestamp: found.timestamp,
            typed: self.typed.clone(),
            read: OnceCell::new(),
        }
    }

    fn key_values(&self, state: &State, wanted: &Wanted, batches: &mut Batches<'_, Row>) -> Result<(), SqlError> {
        let keys = wanted.texts("key");
        state.over_tasks(&self.store, wanted, batches, |snapshot, batches| {
            let view = snapshot.key_value_view(&self.store, bytes(), bytes())?;
            let Some(keys) = &keys else {
                view.visit(&[], None, None, |key, found| batches.push(&self.row(key, None, found)))?;
                return Ok(());
            };
            // How a store is partitioned is its topology's business: each task is asked.
            for key in keys {
                let Ok(key) = stored_key(&self.store, key) else { continue };
                if let Some(found) = view.get(&key)?
                    && batches.push(&self.row(key, None, found)).is_break()
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
                batches.push(&self.row(key.key, Some(key.window), found))
            })?;
            Ok(())
        })
    }

    /// Sessions are listed, since their views do not stream.
    fn sessions(&self, state: &State, wanted: &Wanted, batches: &mut Batches<'_, Row>) -> Result<(), SqlError> {
        state.over_tasks(&self.store, wanted, batches, |snapshot, batches| {
            let view = snapshot.session_view(&self.store, bytes(), bytes())?;
            let sessions = view.fetch_all(0, i64::MAX, SESSIONS + 1)?;
            if sessions.len() > SESSIONS {
                let message = format!("a task of {} has more than {SESSIONS} sessions", self.store);
                return Err(SqlError::new(ErrorKind::Memory, message));
            }
            for (key, found) in sessions {
                if batches.push(&self.row(key.key, Some(key.window), found)).is_break() {
                    break;
                }
            }
            Ok(())
        })
    }
}

impl Table for Stored {
    fn about(&self) -> &About {
        &self.about
    }

    fn scan(&self, state: &State, wanted: &Wanted, sink: &mut dyn Sink) -> Result<(), SqlError> {
        let mut batches = Batches::new(&self.schema, &self.columns, wanted, sink);
        match self.kind {
            StoreKind::Window => self.windows(state, wanted, &mut batches)?,
            StoreKind::Session => self.sessions(state, wanted, &mut batches)?,
            _ => self.key_values(state, wanted, &mut batches)?,
        }
        batches.finish()
    }
}
