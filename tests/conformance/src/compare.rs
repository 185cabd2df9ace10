//! Compares what a case expects with what was found.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::{Map, Value as Json};

/// Differences between a case's `expect` part and what was found, for people to read; `None`: there are none.
#[must_use]
pub fn differences(expected: &Json, found: &Json) -> Option<String> {
    let mut out = String::new();
    error(expected, found, &mut out);
    if expected.pointer("/error/at").and_then(Json::as_str) != Some("build") && found.pointer("/error/at").and_then(Json::as_str) != Some("build") {
        for part in ["outputs", "repartitions", "changelogs"] {
            lists(part, &object(expected, part), &object(found, part), &mut out);
        }
        if expected.get("error").is_none() {
            stores(&object(expected, "stores"), &object(found, "stores"), &mut out);
        }
        let dropped = |json: &Json| json.get("dropped_records").and_then(Json::as_u64).unwrap_or(0);
        if dropped(expected) != dropped(found) {
            let _ = writeln!(out, "  dropped_records: expected {}, found {}", dropped(expected), dropped(found));
        }
        let lines = |json: &Json| json.get("describe").and_then(Json::as_array).cloned().unwrap_or_default();
        list("describe", &lines(expected), &lines(found), &mut out);
    }
    (!out.is_empty()).then_some(out)
}

fn object(json: &Json, part: &str) -> Map<String, Json> {
    json.get(part).and_then(Json::as_object).cloned().unwrap_or_default()
}

/// Whether and where it failed; the class of the error is Kafka's own affair.
fn error(expected: &Json, found: &Json, out: &mut String) {
    let place = |json: &Json| {
        let error = json.get("error")?;
        Some((error.get("at")?.clone(), error.get("index").cloned()))
    };
    if place(expected) != place(found) {
        let _ = writeln!(out, "  error: expected {:?}, found {:?}", expected.get("error"), found.get("error"));
    }
}

fn lists(part: &str, expected: &Map<String, Json>, found: &Map<String, Json>, out: &mut String) {
    let names: BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
    for name in names {
        list(&format!("{part} {name}"), &elements(expected.get(name)), &elements(found.get(name)), out);
    }
}

fn elements(list: Option<&Json>) -> Vec<Json> {
    list.and_then(Json::as_array).cloned().unwrap_or_default()
}

/// Stores the case lists. Rows with windows are compared as sets: their order is that of Kafka's segments.
fn stores(expected: &Map<String, Json>, found: &Map<String, Json>, out: &mut String) {
    for (name, rows) in expected {
        let (mut expected, mut rows) = (elements(Some(rows)), elements(found.get(name)));
        if expected.iter().chain(&rows).any(|row| row.get("window").is_some()) {
            expected.sort_by_key(Json::to_string);
            rows.sort_by_key(Json::to_string);
        }
        if !found.contains_key(name) {
            let _ = writeln!(out, "  stores {name}: not there");
        }
        list(&format!("stores {name}"), &expected, &rows, out);
    }
}

fn list(title: &str, expected: &[Json], found: &[Json], out: &mut String) {
    if expected == found {
        return;
    }
    let _ = writeln!(out, "  {title}:");
    let show = |json: &Json| json.as_str().map_or_else(|| json.to_string(), str::to_owned);
    for place in 0..expected.len().max(found.len()) {
        match (expected.get(place), found.get(place)) {
            (expected, found) if expected == found => {
                let _ = writeln!(out, "      {}", expected.map(show).unwrap_or_default());
            }
            (expected, found) => {
                if let Some(expected) = expected {
                    let _ = writeln!(out, "    - {}", show(expected));
                }
                if let Some(found) = found {
                    let _ = writeln!(out, "    + {}", show(found));
                }
            }
        }
    }
}
