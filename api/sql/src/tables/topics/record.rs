//! A record of the log, and what can be read out of its JSON.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;
use tillstream_models::events::{Money, parse_rfc3339};
use tillstream_runtime::log::RawRecord;

use crate::tables::column::{Cell, Column, Kind};

/// A record of the log. Its value is parsed when the first typed column asks for it.
#[derive(Debug)]
pub(in crate::tables) struct LogRecord {
    partition: u32,
    record: RawRecord,
    /// Its fields, each as it stands there: a typed column costs no more than finding its field.
    json: OnceCell<Option<BTreeMap<String, Box<RawValue>>>>,
}

/// What every topic has.
pub(super) const COLUMNS: &[Column<LogRecord>] = &[PARTITION, OFFSET, TIMESTAMP, KEY, VALUE];

pub(super) const PARTITION: Column<LogRecord> =
    Column::new("partition", Kind::Integer, "The partition.", LogRecord::partition);
pub(super) const OFFSET: Column<LogRecord> =
    Column::new("offset", Kind::Integer, "The place in the partition.", LogRecord::offset);
pub(super) const TIMESTAMP: Column<LogRecord> =
    Column::new("timestamp", Kind::Time, "The record's timestamp.", LogRecord::timestamp);
pub(super) const KEY: Column<LogRecord> = Column::optional("key", Kind::Text, "The key.", LogRecord::key);
pub(super) const VALUE: Column<LogRecord> =
    Column::optional("value", Kind::Text, "The value as it came.", LogRecord::value);

impl LogRecord {
    pub(super) fn new(partition: u32, record: RawRecord) -> Self {
        Self { partition, record, json: OnceCell::new() }
    }

    pub(in crate::tables) fn partition(&self) -> Cell<'_> {
        Cell::Integer(i64::from(self.partition))
    }

    pub(in crate::tables) fn offset(&self) -> Cell<'_> {
        Cell::Integer(self.record.offset)
    }

    pub(in crate::tables) fn timestamp(&self) -> Cell<'_> {
        Cell::Time(self.record.timestamp)
    }

    pub(in crate::tables) fn key(&self) -> Cell<'_> {
        text(self.record.key.as_deref())
    }

    pub(in crate::tables) fn value(&self) -> Cell<'_> {
        text(self.record.value.as_deref())
    }

    pub(in crate::tables) fn header(&self, name: &str) -> Cell<'_> {
        text(self.record.headers.get(name).map(|value| &**value))
    }

    pub(in crate::tables) fn header_number(&self, name: &str) -> Cell<'_> {
        let number = self.record.headers.get(name).and_then(|value| std::str::from_utf8(value).ok()?.parse().ok());
        Cell::integer(number)
    }

    fn field(&self, name: &str) -> Option<&str> {
        let json = self.json.get_or_init(|| serde_json::from_slice(self.record.value.as_deref()?).ok());
        Some(json.as_ref()?.get(name)?.get())
    }

    fn parsed<'a, T: Deserialize<'a>>(&'a self, name: &str) -> Option<T> {
        serde_json::from_str(self.field(name)?).ok()
    }

    /// A field that is text.
    pub(super) fn text(&self, name: &str) -> Cell<'_> {
        self.parsed::<Cow<'_, str>>(name).map_or(Cell::Null, |text| Cell::Owned(text.into_owned()))
    }

    /// A field that is a whole number.
    pub(super) fn integer(&self, name: &str) -> Cell<'_> {
        Cell::integer(self.parsed(name))
    }

    /// A field that is an amount.
    pub(super) fn money(&self, name: &str) -> Cell<'_> {
        Cell::money(self.field(name).and_then(|json| Money::from_json(json).ok()))
    }

    /// A field that is a moment.
    pub(super) fn time(&self, name: &str) -> Cell<'_> {
        Cell::time(self.parsed::<Cow<'_, str>>(name).and_then(|text| parse_rfc3339(&text)))
    }

    /// How many a field holds.
    pub(super) fn length(&self, name: &str) -> Cell<'_> {
        Cell::integer(self.parsed::<Vec<&RawValue>>(name).map(|items| items.len() as i64))
    }
}

/// Bytes that are no text are shown with replacement characters.
fn text(bytes: Option<&[u8]>) -> Cell<'_> {
    match bytes.map(String::from_utf8_lossy) {
        None => Cell::Null,
        Some(Cow::Borrowed(text)) => Cell::Text(text),
        Some(Cow::Owned(text)) => Cell::Owned(text),
    }
}
