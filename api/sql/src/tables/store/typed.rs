//! Values of a type, as columns.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tillstream_stores::SharedSerde;

use super::Row;
use super::fields::{self, Holds};
use crate::tables::column::{Cell, Column, Kind};

/// A value's bytes as JSON; `None` for bytes that are no value.
type ReadValue = dyn Fn(&[u8]) -> Option<Value> + Send + Sync;

/// Reads values of a type, and knows their fields.
pub(super) struct Typed {
    read: Box<ReadValue>,
    /// Empty for a value without fields, such as a number.
    fields: Vec<&'static str>,
}

impl Typed {
    /// The fields of `V`, as its own deserialisation tells them, and their columns.
    pub(super) fn of<V>(serde: SharedSerde<V>) -> (Self, Vec<Column<Row>>)
    where
        V: Serialize + DeserializeOwned + 'static,
    {
        let fields = fields::of::<V>();
        let columns = fields.iter().zip(0..).map(|((name, holds), number)| column(name, *holds, number)).collect();
        let names = fields.into_iter().filter(|(name, _)| !name.is_empty()).map(|(name, _)| name).collect();
        let read = move |bytes: &[u8]| serde_json::to_value(serde.deserialize(Some(bytes)).ok()?).ok();
        (Self { read: Box::new(read), fields: names }, columns)
    }

    /// The field of that number.
    fn field<'a>(&self, value: &'a Value, number: usize) -> Option<&'a Value> {
        match self.fields.get(number) {
            Some(name) => value.get(*name),
            None => Some(value),
        }
    }
}

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Typed").field("fields", &self.fields).finish_non_exhaustive()
    }
}

fn column(name: &str, holds: Holds, number: usize) -> Column<Row> {
    let (kind, cell): (_, for<'a> fn(&'a Row, usize) -> Cell<'a>) = match holds {
        Holds::Flag => (Kind::Flag, flag),
        Holds::Integer => (Kind::Integer, integer),
        Holds::Number => (Kind::Number, number_with_fraction),
        Holds::Text => (Kind::Text, text),
        Holds::Anything => (Kind::Text, json),
    };
    let as_json = if holds == Holds::Anything { ", as JSON where it has parts" } else { "" };
    match name {
        "" => Column::numbered("value".to_owned(), kind, format!("The value{as_json}."), number, cell),
        name => {
            let comment = format!("The field {name} of the value{as_json}.");
            Column::numbered(name.to_owned(), kind, comment, number, cell)
        }
    }
}

fn field(row: &Row, number: usize) -> Option<&Value> {
    let typed = row.typed.as_ref()?;
    let value = row.read.get_or_init(|| (typed.read)(&row.value).unwrap_or_default());
    typed.field(value, number)
}

fn flag(row: &Row, number: usize) -> Cell<'_> {
    field(row, number).and_then(Value::as_bool).map_or(Cell::Null, Cell::Flag)
}

fn integer(row: &Row, number: usize) -> Cell<'_> {
    Cell::integer(field(row, number).and_then(Value::as_i64))
}

fn number_with_fraction(row: &Row, number: usize) -> Cell<'_> {
    field(row, number).and_then(Value::as_f64).map_or(Cell::Null, Cell::Number)
}

fn text(row: &Row, number: usize) -> Cell<'_> {
    Cell::text(field(row, number).and_then(Value::as_str))
}

fn json(row: &Row, number: usize) -> Cell<'_> {
    match field(row, number) {
        None | Some(Value::Null) => Cell::Null,
        Some(Value::String(text)) => Cell::Text(text),
        Some(value) => Cell::Owned(value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::OnceCell;
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use serde::Deserialize;
    use tillstream_stores::json as as_json;

    use super::*;

    #[derive(Serialize, Deserialize)]
    enum Mood {
        Good,
    }

    #[derive(Serialize, Deserialize)]
    struct Visit {
        pages: u32,
        seconds: f64,
        bought: bool,
        country: Option<String>,
        mood: Mood,
        clicks: Vec<String>,
        counts: BTreeMap<String, i64>,
    }

    fn cells(typed: Typed, columns: &[Column<Row>], value: &[u8]) -> Vec<String> {
        let row = Row {
            store: "visits".into(),
            key: b"k".to_vec(),
            window: None,
            value: value.to_vec(),
            timestamp: 0,
            typed: Some(Arc::new(typed)),
            read: OnceCell::new(),
        };
        columns.iter().map(|column| format!("{} {:?} {:?}", column.name, column.kind, column.cell(&row))).collect()
    }

    #[test]
    fn fields_are_columns_of_their_kinds_and_what_has_parts_is_json() {
        let (typed, columns) = Typed::of(as_json::<Visit>());
        let value =
            br#"{"pages":3,"seconds":1.5,"bought":true,"country":null,"mood":"Good","clicks":["a"],"counts":{"x":1}}"#;
        assert_eq!(
            cells(typed, &columns, value),
            [
                "pages Integer Integer(3)",
                "seconds Number Number(1.5)",
                "bought Flag Flag(true)",
                "country Text Null",
                "mood Text Text(\"Good\")",
                "clicks Text Owned(\"[\\\"a\\\"]\")",
                "counts Text Owned(\"{\\\"x\\\":1}\")",
            ]
        );
    }

    #[test]
    fn a_value_without_fields_is_one_column() {
        let (typed, columns) = Typed::of(tillstream_stores::i64_be());
        assert_eq!(cells(typed, &columns, &7_i64.to_be_bytes()), ["value Integer Integer(7)"]);
    }
}
