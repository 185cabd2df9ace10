//! The processor that is told its store calls by the records.

use tillstream_topology::ProcessError;
use tillstream_topology::stores::{
    Headers, KeyValueStore, SessionStore, ValueAndTimestamp, Window, WindowStore, Windowed,
};

use super::refused;
use super::store::{StoreAccess, row};
use crate::Value;
use crate::key::Key;

/// Runs one call and answers what it gave.
pub(super) fn run(store: &StoreAccess, call: &[Value], timestamp: i64) -> Result<Value, ProcessError> {
    let call = Call { words: call, timestamp };
    match store {
        StoreAccess::KeyValue { store, .. } => key_value(&mut store.borrow_mut(), &call),
        StoreAccess::Window(store) => window(&mut store.borrow_mut(), &call),
        StoreAccess::Session(store) => session(&mut store.borrow_mut(), &call),
    }
}

struct Call<'a> {
    words: &'a [Value],
    /// Time of the record that makes the call.
    timestamp: i64,
}

impl Call<'_> {
    fn name(&self) -> String {
        self.at(0).text()
    }

    fn at(&self, place: usize) -> Value {
        self.words.get(place).cloned().unwrap_or_default()
    }

    fn key(&self, place: usize) -> Key {
        key(&self.at(place))
    }

    /// A bound of a range; null leaves it open.
    fn bound(&self, place: usize) -> Option<Key> {
        Some(self.key(place)).filter(Option::is_some)
    }

    fn time(&self, place: usize) -> i64 {
        self.at(place).number()
    }

    fn unknown(&self) -> Result<Value, ProcessError> {
        Err(refused(&format!("unknown store call {}", self.name())))
    }
}

fn key(value: &Value) -> Key {
    (!value.is_null()).then(|| value.text().into())
}

type Found = ValueAndTimestamp<Value>;

fn key_value(store: &mut KeyValueStore<Key, Value>, call: &Call<'_>) -> Result<Value, ProcessError> {
    store.at(call.timestamp);
    let none = Headers::new();
    let plain = |found: Option<Found>| found.map_or(Value::Null, |row| row.value);
    Ok(match call.name().as_str() {
        "put" => {
            store.put(&call.key(1), row(call.at(2), call.timestamp), &none)?;
            Value::Null
        }
        "put_if_absent" => plain(store.put_if_absent(&call.key(1), row(call.at(2), call.timestamp), &none)?),
        "put_all" => {
            for pair in call.at(1).into_list() {
                store.put(&key(&pair.element(0)), row(pair.element(1), call.timestamp), &none)?;
            }
            Value::Null
        }
        "delete" => plain(store.delete(&call.key(1), call.timestamp, &none)?),
        "get" => plain(store.get(&call.key(1))?.cloned()),
        "range" => by_key(store.range(call.bound(1).as_ref(), call.bound(2).as_ref())?),
        "reverse_range" => by_key(store.reverse_range(call.bound(1).as_ref(), call.bound(2).as_ref())?),
        "all" => by_key(store.all()?),
        "reverse_all" => by_key(store.reverse_all()?),
        "prefix" => by_key(store.prefix_scan(call.at(1).text().as_bytes())?),
        _ => return call.unknown(),
    })
}

fn window(store: &mut WindowStore<Key, Value>, call: &Call<'_>) -> Result<Value, ProcessError> {
    store.at(call.timestamp);
    let (first, last) = (call.bound(1), call.bound(2));
    Ok(match call.name().as_str() {
        "put" => {
            store.put(&call.key(1), call.time(3), row(call.at(2), call.timestamp), &Headers::new())?;
            Value::Null
        }
        "fetch" => store.fetch(&call.key(1), call.time(2))?.map_or(Value::Null, |row| row.value.clone()),
        "fetch_range" => by_time(store.fetch_list(&call.key(1), call.time(2), call.time(3), false)?),
        "backward_fetch_range" => by_time(store.fetch_list(&call.key(1), call.time(2), call.time(3), true)?),
        "fetch_keys" => windowed(store.fetch_keys(first.as_ref(), last.as_ref(), call.time(3), call.time(4))?),
        "backward_fetch_keys" => {
            windowed(store.backward_fetch_keys(first.as_ref(), last.as_ref(), call.time(3), call.time(4))?)
        }
        "fetch_all" => windowed(store.fetch_all(call.time(1), call.time(2))?),
        "backward_fetch_all" => windowed(store.backward_fetch_all(call.time(1), call.time(2))?),
        "all" => windowed(store.all()?),
        "backward_all" => windowed(store.backward_all()?),
        _ => return call.unknown(),
    })
}

fn session(store: &mut SessionStore<Key, Value>, call: &Call<'_>) -> Result<Value, ProcessError> {
    store.at(call.timestamp);
    let (first, last) = (call.bound(1), call.bound(2));
    let bounded = |from: usize| Windowed {
        key: call.key(1),
        window: Window { start: call.time(from), end: call.time(from + 1) },
    };
    let name = call.name();
    let (forward, name) = match name.strip_prefix("backward_") {
        Some(name) => (false, name),
        None => (true, name.as_str()),
    };
    let mut found = match name {
        "put" => {
            store.put(&bounded(3), row(call.at(2), call.timestamp), &Headers::new())?;
            return Ok(Value::Null);
        }
        "remove" => {
            store.put(&bounded(2), None, &Headers::new())?;
            return Ok(Value::Null);
        }
        "fetch_session" => {
            let found = store.fetch_session(&call.key(1), call.time(2), call.time(3))?;
            return Ok(found.map_or(Value::Null, |row| row.value.clone()));
        }
        "find" => store.find_sessions(&call.key(1), call.time(2), call.time(3))?,
        "find_keys" => store.find_sessions_of_keys(first.as_ref(), last.as_ref(), call.time(3), call.time(4))?,
        "fetch" => store.fetch(&call.key(1))?,
        "fetch_keys" => store.find_sessions_of_keys(first.as_ref(), last.as_ref(), 0, i64::MAX)?,
        _ => return call.unknown(),
    };
    if !forward {
        found.reverse();
    }
    Ok(windowed(found))
}

fn by_key(rows: Vec<(Key, Found)>) -> Value {
    rows.into_iter().map(|(key, row)| Value::from(vec![key.as_deref().into(), row.value])).collect::<Vec<_>>().into()
}

fn by_time(rows: Vec<(i64, Found)>) -> Value {
    rows.into_iter().map(|(start, row)| Value::from(vec![start.into(), row.value])).collect::<Vec<_>>().into()
}

fn windowed(rows: Vec<(Windowed<Key>, Found)>) -> Value {
    let entry = |(key, row): (Windowed<Key>, Found)| {
        Value::from(vec![key.key.as_deref().into(), key.window.start.into(), key.window.end.into(), row.value])
    };
    rows.into_iter().map(entry).collect::<Vec<_>>().into()
}
