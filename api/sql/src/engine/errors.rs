//! The engine's errors as ours: what to do about them, where they are in the text, and what was probably meant.

use datafusion::common::{DataFusionError, SchemaError};
use datafusion::sql::sqlparser::parser::ParserError;
use datafusion::sql::sqlparser::tokenizer::Location;

use super::text::{Text, invalid};
use crate::error::{ErrorKind, SqlError};

/// What is known of a query where its errors are told.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) query: &'a str,
    pub(crate) text: &'a Text<'a>,
    pub(crate) tables: &'a [String],
}

impl Asked<'_> {
    /// The error for whoever asked.
    pub(crate) fn told(&self, error: &DataFusionError) -> SqlError {
        match error {
            DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => self.told(inner),
            DataFusionError::Shared(inner) => self.told(inner),
            DataFusionError::Collection(errors) => errors
                .first()
                .map_or_else(|| SqlError::new(ErrorKind::Failed, error.to_string()), |first| self.told(first)),
            DataFusionError::External(inner) => match inner.downcast_ref::<SqlError>() {
                Some(own) => own.clone(),
                None => SqlError::new(ErrorKind::Failed, inner.to_string()),
            },
            DataFusionError::SQL(error, _) => self.syntax(error),
            DataFusionError::SchemaError(error, _) => self.schema(error),
            DataFusionError::Plan(message) => self.plan(message),
            DataFusionError::ResourcesExhausted(message) => {
                SqlError::new(ErrorKind::Memory, format!("the query needs more memory than it may have: {message}"))
                    .with_hint("ask for fewer columns, groups or rows, or raise sql.memory")
            }
            DataFusionError::NotImplemented(message) => SqlError::new(ErrorKind::Invalid, message.clone()),
            DataFusionError::Internal(message) => SqlError::new(ErrorKind::Failed, message.clone()),
            DataFusionError::ExecutionJoin(error) => {
                SqlError::new(ErrorKind::Failed, format!("the query failed: {error}"))
            }
            DataFusionError::ArrowError(error, _) => SqlError::new(ErrorKind::Failed, error.to_string()),
            other => SqlError::new(ErrorKind::Failed, first_line(&other.to_string())),
        }
    }

    fn syntax(&self, error: &ParserError) -> SqlError {
        let message = match error {
            ParserError::TokenizerError(message) | ParserError::ParserError(message) => message.clone(),
            ParserError::RecursionLimitExceeded => {
                return SqlError::new(ErrorKind::Refused, "the query goes too deep");
            }
        };
        match message.rsplit_once(" at Line: ") {
            Some((what, place)) => invalid(what, self.query, location(place)),
            None => SqlError::new(ErrorKind::Invalid, message),
        }
    }

    fn schema(&self, error: &SchemaError) -> SqlError {
        match error {
            SchemaError::FieldNotFound { field, valid_fields } => {
                let known: Vec<&str> = valid_fields.iter().map(|column| column.name.as_str()).collect();
                let mut error = SqlError::new(ErrorKind::Invalid, format!("there is no column {}", field.flat_name()));
                error.hint = closest(&field.name, &known).or_else(|| {
                    let some: Vec<&str> = known.iter().take(20).copied().collect();
                    (!some.is_empty()).then(|| format!("there are {}", some.join(", ")))
                });
                error.with_place(self.text.place_of(&field.name))
            }
            SchemaError::AmbiguousReference { field } => {
                let message = format!("the column {} is in several tables", field.name);
                SqlError::new(ErrorKind::Invalid, message)
                    .with_hint("write the table's name before it")
                    .with_place(self.text.place_of(&field.name))
            }
            other => SqlError::new(ErrorKind::Invalid, other.to_string()),
        }
    }

    fn plan(&self, message: &str) -> SqlError {
        let missing = message.strip_prefix("table '").and_then(|rest| rest.split_once("' not found"));
        if let Some((table, _)) = missing {
            let name = table.rsplit('.').next().unwrap_or(table);
            let mut error = SqlError::new(ErrorKind::Invalid, format!("there is no table {name}"));
            let known: Vec<&str> = self.tables.iter().map(String::as_str).collect();
            error.hint = closest(name, &known).or_else(|| Some("SHOW TABLES lists them".to_owned()));
            return error.with_place(self.text.place_of(name));
        }
        match message.strip_prefix("Invalid function '").and_then(|rest| rest.split_once('\'')) {
            Some((name, rest)) => {
                let hint = rest.split_once("Did you mean '").and_then(|(_, meant)| meant.split_once('\''));
                let mut error = SqlError::new(ErrorKind::Invalid, format!("there is no function {name}"));
                error.hint = hint.map(|(meant, _)| format!("did you mean {meant}?"));
                error.with_place(self.text.place_of(name))
            }
            None => SqlError::new(ErrorKind::Invalid, first_line(message)),
        }
    }
}

/// `did you mean …?` if one of the words is close.
fn closest(text: &str, words: &[&str]) -> Option<String> {
    let distance = |word: &&&str| strsim::damerau_levenshtein(&text.to_lowercase(), &word.to_lowercase());
    let best = words.iter().min_by_key(distance)?;
    (distance(&best) <= (best.len() / 3).max(1)).then(|| format!("did you mean {best}?"))
}

/// `3, Column: 14`
fn location(text: &str) -> Location {
    let parsed = text.split_once(", Column: ").and_then(|(line, column)| {
        let column: String = column.chars().take_while(char::is_ascii_digit).collect();
        Some(Location::new(line.trim().parse().ok()?, column.parse().ok()?))
    });
    parsed.unwrap_or_else(|| Location::new(0, 0))
}

fn first_line(message: &str) -> String {
    message.lines().next().unwrap_or_default().to_owned()
}
