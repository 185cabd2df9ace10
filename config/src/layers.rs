//! The layers over the defaults: file, environment, flags.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use toml::{Table, Value};

use crate::document::{self, Setting};
use crate::schema::Schema;
use crate::{Fault, FaultKind, Origin};

/// What a layer says about one key.
pub(crate) struct Assignment {
    pub(crate) key: String,
    pub(crate) value: Written,
    pub(crate) origin: Origin,
}

/// A value as a layer has it.
pub(crate) enum Written {
    /// TOML knows the type.
    Typed(Value),
    /// The environment and flags know text only: the key decides the type.
    Text(String),
}

impl Written {
    /// The value, text being read as the type of the key's default. What cannot be read so stays text: a wrong type,
    /// to be reported like any other.
    pub(crate) fn typed_as(self, default: &Value) -> Value {
        match self {
            Self::Typed(value) => value,
            Self::Text(text) => {
                let quoted = text.starts_with('"');
                match text.parse::<Value>() {
                    Ok(value) if !default.is_str() || quoted => value,
                    _ => Value::String(text),
                }
            }
        }
    }
}

/// What a layer says, each setting on its own, so that one fault does not hide the others.
pub(crate) type Layer = Vec<Result<Assignment, Box<Fault>>>;

const PREFIX: &str = "TILLSTREAM__";

/// The settings of a TOML file.
pub(crate) fn file(path: &Path) -> Layer {
    let origin = |line| Origin::File { path: path.to_owned(), line };
    let text = match read(path) {
        Ok(text) => text,
        Err(error) => {
            return vec![Err(whole(
                FaultKind::Unreadable,
                origin(0),
                format!("the file cannot be read: {error}"),
                "name a readable TOML file",
            ))];
        }
    };
    match document::read(&text) {
        Ok(settings) => settings
            .into_iter()
            .filter(|setting| !is_empty_section(setting))
            .map(|setting| {
                Ok(Assignment { key: setting.key, value: Written::Typed(setting.value), origin: origin(setting.line) })
            })
            .collect(),
        Err(errors) => errors
            .into_iter()
            .map(|error| {
                let problem = format!("not TOML: {}", error.message);
                Err(whole(FaultKind::Syntax, origin(error.line), problem, "correct the line"))
            })
            .collect(),
    }
}

/// The settings among environment variables: `TILLSTREAM__STREAMS__COMMIT_INTERVAL` is `streams.commit_interval`.
/// In the order of their names, since an environment has none of its own.
pub(crate) fn environment(variables: impl IntoIterator<Item = (String, String)>) -> Layer {
    let variables: BTreeMap<_, _> = variables.into_iter().collect();
    variables
        .into_iter()
        .filter_map(|(name, value)| {
            let key = name.strip_prefix(PREFIX)?.to_lowercase().replace("__", ".");
            Some(Ok(Assignment { key, value: Written::Text(value), origin: Origin::Environment(name) }))
        })
        .collect()
}

/// The settings of flags, each `section.key=value`; of two for the same key the later one wins.
pub(crate) fn flags<F: AsRef<str>>(overrides: impl IntoIterator<Item = F>) -> Layer {
    overrides
        .into_iter()
        .map(|flag| match flag.as_ref().split_once('=') {
            Some((key, value)) => Ok(Assignment {
                key: key.trim().to_owned(),
                value: Written::Text(value.trim().to_owned()),
                origin: Origin::Flag,
            }),
            None => Err(whole(
                FaultKind::Syntax,
                Origin::Flag,
                format!("{:?} has no '='", flag.as_ref()),
                "write section.key=value",
            )),
        })
        .collect()
}

/// A section without keys, such as one whose keys are all commented out, says nothing.
fn is_empty_section(setting: &Setting) -> bool {
    let is_empty = setting.value.as_table().is_some_and(Table::is_empty);
    is_empty && Schema::get().is_section(&setting.key)
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let limit = document::MAX_BYTES as u64 + 1;
    File::open(path)?.take(limit).read_to_string(&mut text)?;
    if text.len() > document::MAX_BYTES {
        let message = format!("it is larger than {} bytes", document::MAX_BYTES);
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    Ok(text)
}

fn whole(kind: FaultKind, origin: Origin, problem: String, remedy: &str) -> Box<Fault> {
    Box::new(Fault { kind, key: String::new(), value: String::new(), origin, problem, remedy: remedy.to_owned() })
}
