//! Columns of text.

use std::fmt;

use serde_json::Value;

/// To which side of its column a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// Rows under a head, as wide as they need to be.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    aligns: Vec<Align>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table with a head.
    pub(crate) fn new(columns: &[(&str, Align)]) -> Self {
        let head = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
        Self { aligns: columns.iter().map(|(_, align)| *align).collect(), rows: vec![head] }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// A JSON value as a cell: strings without quotes, null as nothing, foreign control characters as escapes.
    pub(crate) fn cell(value: &Value) -> String {
        match value {
            Value::Null => String::new(),
            Value::String(text) => text.chars().flat_map(plain).collect(),
            other => other.to_string(),
        }
    }

    fn widths(&self) -> Vec<usize> {
        let width =
            |column: usize| self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
        (0..self.aligns.len()).map(|column| width(column).unwrap_or(0)).collect()
    }
}

/// What comes out of the log must not move the cursor or change colours.
fn plain(c: char) -> Vec<char> {
    if c.is_control() { c.escape_default().collect() } else { vec![c] }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        for row in &self.rows {
            let mut line = String::new();
            for ((cell, width), align) in row.iter().zip(&widths).zip(&self.aligns) {
                match align {
                    Align::Left => line.push_str(&format!("{cell:<width$}  ")),
                    Align::Right => line.push_str(&format!("{cell:>width$}  ")),
                }
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let mut table = Table::new(&[("topic", Align::Left), ("lag", Align::Right)]);
        table.row(["a".to_owned(), "1".to_owned()]);
        table.row(["orders".to_owned(), "1000".to_owned()]);
        assert_eq!(table.to_string(), "topic    lag\na          1\norders  1000\n");
    }

    #[test]
    fn foreign_text_cannot_move_the_cursor() {
        assert_eq!(Table::cell(&Value::from("a\u{1b}[2Jb\n")), "a\\u{1b}[2Jb\\n");
    }
}
