//! A processor's store.

use std::cell::RefCell;
use std::rc::Rc;

use tillstream_topology::stores::{Headers, KeyValueStore, SessionStore, ValueAndTimestamp, WindowStore};
use tillstream_topology::{InitContext, ProcessError, StoreHandle, WiringError};

use super::refused;
use super::spec::StoreSpec;
use crate::Value;
use crate::key::Key;

/// A key-value store of a processor.
pub(crate) type KeyValues = Rc<RefCell<KeyValueStore<Key, Value>>>;

/// A window store of a processor.
pub(crate) type Windows = Rc<RefCell<WindowStore<Key, Value>>>;

/// A session store of a processor.
pub(crate) type Sessions = Rc<RefCell<SessionStore<Key, Value>>>;

/// A processor's store, as one of the kinds it can be.
pub(crate) enum StoreAccess {
    KeyValue { store: KeyValues, timestamped: bool },
    Window(Windows),
    Session(Sessions),
}

impl StoreAccess {
    pub(super) fn open(spec: &StoreSpec, init: &InitContext<'_>) -> Result<Self, WiringError> {
        let name = &*spec.name;
        Ok(match &*spec.kind {
            "window" => Self::Window(init.store(&StoreHandle::by_name(name))?),
            "session" => Self::Session(init.store(&StoreHandle::by_name(name))?),
            kind => {
                let timestamped = kind == "timestamped_kv";
                Self::KeyValue { store: init.store(&StoreHandle::by_name(name))?, timestamped }
            }
        })
    }

    fn key_values(&self) -> Result<&KeyValues, ProcessError> {
        match self {
            Self::KeyValue { store, .. } => Ok(store),
            Self::Window(_) | Self::Session(_) => Err(refused("the processor needs a key-value store")),
        }
    }

    /// The bare value of `key`.
    pub(super) fn get(&self, key: &Key) -> Result<Value, ProcessError> {
        let found = self.key_values()?.borrow_mut().get(key)?.map(|row| row.value.clone());
        Ok(found.unwrap_or_default())
    }

    pub(super) fn put(&self, key: &Key, value: Value, timestamp: i64) -> Result<(), ProcessError> {
        let mut store = self.key_values()?.borrow_mut();
        store.at(timestamp).put(key, row(value, timestamp), &Headers::new())?;
        Ok(())
    }

    /// The value of `key`, with its time where the store has one.
    pub(super) fn lookup(&self, key: &Key) -> Result<Value, ProcessError> {
        let timestamped = matches!(self, Self::KeyValue { timestamped: true, .. });
        let found = self.key_values()?.borrow_mut().get(key)?.cloned();
        Ok(match found {
            Some(row) if timestamped => vec![row.value, row.timestamp.into()].into(),
            Some(row) => row.value,
            None => Value::Null,
        })
    }

    /// All rows, by key.
    pub(super) fn entries(&self) -> Result<Vec<(Key, Value)>, ProcessError> {
        let rows = self.key_values()?.borrow_mut().all()?;
        Ok(rows.into_iter().map(|(key, row)| (key, row.value)).collect())
    }
}

/// A value to store; null deletes.
pub(super) fn row(value: Value, timestamp: i64) -> Option<ValueAndTimestamp<Value>> {
    (!value.is_null()).then(|| ValueAndTimestamp::new(value, timestamp))
}
