//! An answer as columns of text.

use std::io::{self, Write};

use serde_json::Value;

use crate::terminal::{Align, Table};

/// Prints an answer in JSON as a table, and how many rows there are.
pub(super) fn table(answer: &[u8], out: &mut dyn Write) -> io::Result<()> {
    let answer: Value = serde_json::from_slice(answer).map_err(io::Error::other)?;
    let columns: Vec<(&str, Align)> = answer["columns"].as_array().into_iter().flatten().map(column).collect();
    let mut table = Table::new(&columns);
    for row in answer["rows"].as_array().into_iter().flatten() {
        table.row(row.as_array().into_iter().flatten().map(cell));
    }
    let rows = answer["rowCount"].as_u64().unwrap_or(0);
    let cut = if answer["truncated"] == true { ", and more, which were cut off" } else { "" };
    write!(out, "{table}({rows} row{}{cut})\n", if rows == 1 { "" } else { "s" })
}

fn column(column: &Value) -> (&str, Align) {
    let kind = column["type"].as_str().unwrap_or_default();
    let is_number = ["Int", "UInt", "Float", "Decimal"].iter().any(|number| kind.starts_with(number));
    (column["name"].as_str().unwrap_or_default(), if is_number { Align::Right } else { Align::Left })
}

/// Midnight is a date to people.
fn cell(value: &Value) -> String {
    let shown = Table::cell(value);
    match shown.strip_suffix("T00:00:00.000Z") {
        Some(date) if date.len() == 10 => date.to_owned(),
        _ => shown,
    }
}
