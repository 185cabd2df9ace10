//! The prompt: queries over several lines until `;`, and a few commands.

use std::io;
use std::time::Instant;

use clap::ValueEnum as _;
use tillstream_config::Config;

use super::door::{Door, TableAbout};
use super::{Form, ask};
use crate::terminal::{Align, Line, LineEditor, Table, print};

const HELP: &str = "\
  \\d             the tables
  \\d TABLE       its columns
  \\timing        how long queries take, on or off
  \\format FORM   table, json, ndjson or csv
  \\q             leave (or ctrl-D)
Queries end with ; and may take several lines. Tab completes.";

/// Words the completion knows beside tables and columns.
const KEYWORDS: [&str; 28] = [
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP BY",
    "ORDER BY",
    "HAVING",
    "LIMIT",
    "JOIN",
    "LEFT JOIN",
    "ON",
    "USING",
    "WITH",
    "AS",
    "AND",
    "OR",
    "NOT",
    "IN",
    "BETWEEN",
    "LIKE",
    "IS NULL",
    "DISTINCT",
    "COUNT(",
    "SUM(",
    "AVG(",
    "MIN(",
    "MAX(",
    "DATE_TRUNC(",
    "EXPLAIN",
];

/// Reads and answers until the end.
pub(super) fn run(door: &Door, form: Form, config: &Config) -> anyhow::Result<()> {
    let tables = door.tables()?;
    print(format_args!("Tillstream SQL on {}. \\? helps, \\q leaves.\n", door.name()))?;
    let mut editor = LineEditor::new(words(&tables), Some(config.application.data_dir.join("sql_history")));
    let mut prompt = Prompt { door, tables, form, timing: false };
    let mut query = String::new();
    loop {
        let sign = if query.is_empty() { "sql> " } else { "  -> " };
        let line = match editor.read(sign)? {
            Line::Text(line) => line,
            Line::Interrupted => {
                query.clear();
                continue;
            }
            Line::End => return Ok(()),
        };
        if query.is_empty() && line.trim_start().starts_with('\\') {
            editor.remember(&line);
            if !prompt.command(line.trim())? {
                return Ok(());
            }
            continue;
        }
        if query.is_empty() && matches!(line.trim(), "quit" | "exit" | "quit;" | "exit;") {
            return Ok(());
        }
        query.push_str(&line);
        if query.trim_end().ends_with(';') {
            editor.remember(&query);
            prompt.answer(&query)?;
            query.clear();
        } else if query.trim().is_empty() {
            query.clear();
        } else {
            query.push('\n');
        }
    }
}

fn words(tables: &[TableAbout]) -> Vec<String> {
    let columns = tables.iter().flat_map(|table| table.columns.iter().map(|[name, ..]| name.clone()));
    let mut words: Vec<String> = tables.iter().map(|table| table.name.clone()).chain(columns).collect();
    words.sort_unstable();
    words.dedup();
    words.extend(KEYWORDS.iter().map(|word| (*word).to_owned()));
    words
}

struct Prompt<'a> {
    door: &'a Door,
    tables: Vec<TableAbout>,
    form: Form,
    timing: bool,
}

impl Prompt<'_> {
    fn answer(&self, query: &str) -> io::Result<()> {
        let begin = Instant::now();
        if let Err(failure) = ask(self.door, query, Vec::new(), self.form) {
            eprintln!("error: {}", failure.shown(query));
        }
        if self.timing {
            print(format_args!("Time: {:.1} ms\n", begin.elapsed().as_secs_f64() * 1_000.0))?;
        }
        Ok(())
    }

    /// `false`: leave.
    fn command(&mut self, line: &str) -> io::Result<bool> {
        let (command, argument) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        match (command, argument.trim().trim_end_matches(';')) {
            ("\\q", _) => return Ok(false),
            ("\\d" | "\\dt", "") => self.list()?,
            ("\\d", table) => self.describe(table)?,
            ("\\timing", _) => {
                self.timing = !self.timing;
                print(format_args!("Timing is {}.\n", if self.timing { "on" } else { "off" }))?;
            }
            ("\\format", word) => match Form::from_str(word, true) {
                Ok(Form::Arrow | Form::Parquet) | Err(_) => eprintln!("error: table, json, ndjson or csv"),
                Ok(form) => self.form = form,
            },
            ("\\?" | "\\h", _) => print(format_args!("{HELP}\n"))?,
            _ => eprintln!("error: there is no command {command}; \\? lists them"),
        }
        Ok(true)
    }

    fn list(&self) -> io::Result<()> {
        let mut shown = Table::new(&[("table", Align::Left), ("rows", Align::Left)]);
        self.tables.iter().for_each(|table| shown.row([table.name.clone(), table.comment.clone()]));
        print(shown)
    }

    fn describe(&self, name: &str) -> io::Result<()> {
        let Some(table) = self.tables.iter().find(|table| table.name == name) else {
            eprintln!("error: there is no table {name}; \\d lists them");
            return Ok(());
        };
        let mut shown = Table::new(&[("column", Align::Left), ("type", Align::Left), ("meaning", Align::Left)]);
        table.columns.iter().for_each(|column| shown.row(column.clone()));
        print(format_args!("{}\n{shown}", table.comment))
    }
}
