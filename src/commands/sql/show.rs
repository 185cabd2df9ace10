//! An answer as columns of text.

use std::io::{self, Write};

use serde_json::Value;

use crate::terminal::{Align, Table};

/// Prints an answer in JSON as a table, and how many rows there are.
pub(super) fn table(answer: &[u8], out: &mut dyn Write) -> io::Result<()> {
    let answer: Value = serde_json::from_slice(answer).map_err(io::Error::other)?;
    let items = |field: &str| answer.get(field).and_then(Value::as_array).into_iter().flatten();
    let columns: Vec<(&str, Align)> = items("columns").map(column).collect();
    let mut table = Table::new(&columns);
    items("rows").for_each(|row| table.row(row.as_array().into_iter().flatten().map(cell)));
    let rows = answer.get("rowCount").and_then(Value::as_u64).unwrap_or(0);
    let cut = if answer.get("truncated") == Some(&Value::Bool(true)) { ", and more, which were cut off" } else { "" };
    writeln!(out, "{table}({rows} row{}{cut})", if rows == 1 { "" } else { "s" })
}

fn column(column: &Value) -> (&str, Align) {
    let text = |field: &str| column.get(field).and_then(Value::as_str).unwrap_or_default();
    let kind = text("type");
    let is_number = ["Int", "UInt", "Float", "Decimal"].iter().any(|number| kind.starts_with(number));
    (text("name"), if is_number { Align::Right } else { Align::Left })
}

/// Midnight is a date to people.
fn cell(value: &Value) -> String {
    let shown = Table::cell(value);
    match shown.strip_suffix("T00:00:00.000Z") {
        Some(date) if date.len() == 10 => date.to_owned(),
        _ => shown,
    }
}
