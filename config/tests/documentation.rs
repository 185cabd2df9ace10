//! `default.toml` is the documentation: these tests hold it against the code.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;

use tillstream_config::{Bytes, Config, DEFAULT_TOML, FaultKind, Millis};
use toml::{Table, Value};

fn keys(table: &Table) -> BTreeSet<String> {
    let path =
        |section: &str, keys: &Table| -> Vec<String> { keys.keys().map(|key| format!("{section}.{key}")).collect() };
    table.iter().flat_map(|(section, keys)| path(section, keys.as_table().unwrap())).collect()
}

/// A documented key: the comment above it and the default.
struct Documented {
    key: String,
    comment: Vec<&'static str>,
    default: Value,
}

fn documented() -> Vec<Documented> {
    let (mut section, mut comment, mut found) = ("", Vec::new(), Vec::new());
    for line in DEFAULT_TOML.lines() {
        if let Some(text) = line.strip_prefix('#') {
            comment.push(text.trim());
        } else if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
        } else if let Some((name, default)) = line.split_once(" = ") {
            found.push(Documented {
                key: format!("{section}.{name}"),
                comment: std::mem::take(&mut comment),
                default: default.parse().unwrap(),
            });
        } else {
            comment.clear();
        }
    }
    found
}

impl Documented {
    fn bounds(&self) -> Option<(&'static str, &'static str)> {
        let line = self.comment.last()?.strip_prefix("Minimum: ")?;
        line.split_once(", maximum: ")
    }

    fn has_bounds(&self) -> bool {
        let quantity = |text: &str| text.parse::<Bytes>().is_ok() || text.parse::<Millis>().is_ok();
        match &self.default {
            Value::Integer(_) | Value::Float(_) => true,
            Value::String(text) => quantity(text),
            _ => false,
        }
    }
}

/// The text of a quantity one step below and one above.
fn steps(text: &str) -> (String, String) {
    if let Ok(number) = text.parse::<i128>() {
        return ((number - 1).to_string(), (number + 1).to_string());
    }
    if let Ok(number) = text.parse::<f64>() {
        return ((number - 0.001).to_string(), (number + 0.001).to_string());
    }
    if let Ok(bytes) = text.parse::<Bytes>() {
        let (bytes, step) = (i128::from(bytes.get()), 1);
        return (format!("{} B", bytes - step), format!("{} B", bytes + step));
    }
    let millis = text.parse::<Millis>().unwrap().get();
    (format!("{} ms", millis - 1), format!("{} ms", millis + 1))
}

/// Whether the value on its own is taken (it may contradict others).
fn taken(key: &str, value: &str) -> bool {
    match Config::load(None, [], [format!("{key}={value}")]) {
        Ok(_) => true,
        Err(faults) => faults.iter().all(|fault| fault.kind == FaultKind::Contradiction),
    }
}

#[test]
fn every_documented_key_is_a_field_and_every_field_is_documented() {
    let documented = toml::from_str::<Table>(DEFAULT_TOML).unwrap();
    let fields = Table::try_from(Config::default()).unwrap();
    assert_eq!(keys(&documented), keys(&fields));
}

#[test]
fn the_defaults_are_free_of_faults() {
    Config::default().check(&Default::default()).unwrap();
}

#[test]
fn every_key_is_explained() {
    let documented = documented();
    assert!(documented.len() > 60, "the file is read wrongly");
    for item in documented {
        assert!(!item.comment.is_empty(), "{} has no comment", item.key);
    }
}

#[test]
fn the_documented_bounds_are_those_that_are_checked() {
    for item in documented().iter().filter(|item| item.has_bounds()) {
        let key = &item.key;
        let (min, max) = item.bounds().unwrap_or_else(|| panic!("{key} has no bounds"));
        assert!(taken(key, min), "{key} refuses its minimum");
        assert!(taken(key, max), "{key} refuses its maximum");
        assert!(!taken(key, &steps(min).0), "{key} takes less than {min}");
        assert!(!taken(key, &steps(max).1), "{key} takes more than {max}");
    }
}

#[test]
fn retention_is_bounded_as_documented() {
    let documented = documented();
    let item = documented.iter().find(|i| i.key == "log.retention").unwrap();
    let (min, max) = item.bounds().unwrap();
    for key in ["log.retention", "log.topic_retention"] {
        let taken = |value: &str| match key {
            "log.retention" => taken(key, value),
            _ => taken(key, &format!("{{ orders = {value:?} }}")),
        };
        assert!(taken(min) && taken(max));
        assert!(!taken(&steps(min).0) && !taken(&steps(max).1));
    }
}
