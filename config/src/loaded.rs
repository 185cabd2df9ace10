//! A configuration with the origin of each value.

use std::fmt::Write as _;

use serde::Deserialize as _;
use toml::{Table, Value};

use crate::fault::shown;
use crate::layers::Assignment;
use crate::schema::{Schema, put};
use crate::{Config, Fault, FaultKind, Origin, Origins};

/// A configuration that has been loaded, and where each of its values came from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The effective configuration.
    pub config: Config,
    /// The origin of each of its values.
    pub origins: Origins,
    /// The effective values as they were written, by section.
    values: Table,
}

impl Loaded {
    /// The defaults and nothing else.
    pub(crate) fn defaults() -> Self {
        Self { config: Config::default(), origins: Origins::default(), values: Schema::get().defaults() }
    }

    /// Takes over what a layer says. A faulty assignment changes nothing, so that those after it are judged on their
    /// own.
    pub(crate) fn assign(&mut self, assignment: Assignment) -> Result<(), Box<Fault>> {
        let Assignment { key: path, value, origin } = assignment;
        let schema = Schema::get();
        let Some(key) = schema.find(&path) else {
            let value = value.typed_as(&Value::Boolean(false));
            let (problem, remedy) = ("there is no such key".to_owned(), schema.advice(&path));
            return Err(fault(FaultKind::UnknownKey, path, &value, origin, problem, remedy));
        };
        let value = value.typed_as(&key.default);
        let mut values = self.values.clone();
        put(&mut values, key, value.clone());
        match Config::deserialize(values.clone()) {
            Ok(config) => {
                self.config = config;
                self.values = values;
                self.origins.set(&path, origin);
                Ok(())
            }
            Err(error) => {
                let problem = error.message().replace('\n', ", ");
                let remedy = format!("write it like the default, {}", shown(&key.default));
                Err(fault(FaultKind::WrongType, path, &value, origin, problem, remedy))
            }
        }
    }

    /// The same without what must not be shown to others: of the Kafka client's settings only harmless ones keep their
    /// values, and no password does.
    #[must_use]
    pub fn without_secrets(&self) -> Self {
        let mut shown = self.clone();
        shown.config.kafka.hide_secrets();
        shown.config.sql.hide_secrets();
        let password = shown.values.get_mut("sql").and_then(|sql| sql.get_mut("postgres_password"));
        if let Some(password) = password {
            *password = Value::String(shown.config.sql.postgres_password.clone());
        }
        let client = shown.values.get_mut("kafka").and_then(|kafka| kafka.get_mut("client"));
        if let Some(client) = client.and_then(Value::as_table_mut) {
            for (name, value) in &shown.config.kafka.client {
                client.insert(name.clone(), Value::String(value.clone()));
            }
        }
        shown
    }

    /// Each key with its value, as TOML writes it, and where that came from, in the order of `default.toml`.
    #[must_use]
    pub fn settings(&self) -> Vec<(String, String, String)> {
        let setting = |key: &crate::schema::Key| {
            let value = self.values.get(&key.section).and_then(|keys| keys.get(&key.name)).unwrap_or(&key.default);
            (key.path(), value.to_string(), self.origins.of(&key.path()).to_string())
        };
        Schema::get().keys().iter().map(setting).collect()
    }

    /// The effective configuration as TOML in the order of `default.toml`, each value with its origin as a comment.
    /// It loads as it is: `tillstream config print > tillstream.toml` freezes a configuration.
    #[must_use]
    pub fn print(&self) -> String {
        let mut text = String::new();
        let mut section = "";
        for key in Schema::get().keys() {
            if key.section != section {
                let gap = if section.is_empty() { "" } else { "\n" };
                section = &key.section;
                // Writing to a string cannot fail.
                let _ = writeln!(text, "{gap}[{section}]");
            }
            let value = self.values.get(section).and_then(|keys| keys.get(&key.name)).unwrap_or(&key.default);
            let origin = self.origins.of(&key.path()).to_string();
            let origin = origin.replace(char::is_control, "?");
            let _ = writeln!(text, "{} = {value}  # {origin}", key.name);
        }
        text
    }
}

fn fault(kind: FaultKind, key: String, value: &Value, origin: Origin, problem: String, remedy: String) -> Box<Fault> {
    Box::new(Fault { kind, key, value: shown(value), origin, problem, remedy })
}
