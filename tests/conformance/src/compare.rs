//! Compares what a case expects with what was found.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::{Map, Value as Json};

/// Differences between a case's `expect` part and what was found, for people to read; `None`: there are none.
#[must_use]
pub fn differences(expected: &Json, found: &Json) -> Option<String> {
    let mut out = String::new();
    error(expected, found, &mut out);
    let built = |json: &Json| json.pointer("/error/at").and_then(Json::as_str) != Some("build");
    if built(expected) && built(found) {
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
        if rows.iter().all(|row| row.get("timestamp").is_none()) {
            expected.iter_mut().for_each(drop_time_that_is_the_start);
        }
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

/// The rows of a join's store begin at their own time; Kafka Streams shows that time once more where the store is in memory.
fn drop_time_that_is_the_start(row: &mut Json) {
    let start = row.pointer("/window/0").cloned();
    if let Some(row) = row.as_object_mut()
        && start.is_some()
        && row.get("timestamp") == start.as_ref()
    {
        row.remove("timestamp");
    }
}

fn list(title: &str, expected: &[Json], found: &[Json], out: &mut String) {
    if expected == found {
        return;
    }
    let _ = writeln!(out, "  {title}:");
    let show = |json: Option<&Json>| match json {
        Some(Json::String(text)) => text.clone(),
        Some(json) => json.to_string(),
        None => String::new(),
    };
    let common = common_lengths(expected, found);
    let left = |e: usize, f: usize| common.get(e).and_then(|row| row.get(f)).copied().unwrap_or(0);
    let (mut e, mut f) = (0, 0);
    while e < expected.len() || f < found.len() {
        if expected.get(e) == found.get(f) {
            let _ = writeln!(out, "      {}", show(found.get(f)));
            (e, f) = (e + 1, f + 1);
        } else if f == found.len() || (e < expected.len() && left(e + 1, f) >= left(e, f + 1)) {
            let _ = writeln!(out, "    - {}", show(expected.get(e)));
            e += 1;
        } else {
            let _ = writeln!(out, "    + {}", show(found.get(f)));
            f += 1;
        }
    }
}

/// Length of the longest common subsequence from each place of `expected` and `found` on.
#[expect(clippy::indexing_slicing, reason = "places run up to the lengths of the lists")]
fn common_lengths(expected: &[Json], found: &[Json]) -> Vec<Vec<usize>> {
    let mut below = vec![0; found.len() + 1];
    let mut rows = vec![below.clone()];
    for row in expected.iter().rev() {
        let mut lengths = vec![0; found.len() + 1];
        for place in (0..found.len()).rev() {
            lengths[place] =
                if found[place] == *row { below[place + 1] + 1 } else { below[place].max(lengths[place + 1]) };
        }
        rows.push(lengths.clone());
        below = lengths;
    }
    rows.reverse();
    rows
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn equal_results_have_no_differences() {
        let result = json!({"outputs": {"out": [{"key": "a", "value": 1}]}, "dropped_records": 1, "describe": ["x"]});
        assert_eq!(differences(&result, &result), None);
    }

    #[test]
    fn order_counts_on_topics_and_not_among_windows() {
        let of = |part: &str, rows: Json| json!({part: {"x": rows}});
        let (first, second) = (json!({"window": [0, 1]}), json!({"window": [1, 2]}));
        let differ = |part| differences(&of(part, json!([first, second])), &of(part, json!([second, first]))).is_some();
        assert!(differ("outputs"));
        assert!(!differ("stores"));
    }

    #[test]
    fn what_is_missing_or_too_much_is_told() {
        let expected = json!({"outputs": {"out": [1, 2, 3]}, "stores": {"s": []}, "dropped_records": 1});
        let found = json!({"outputs": {"out": [1, 3, 4]}, "error": {"at": "event", "index": 3}});
        let told = differences(&expected, &found).unwrap_or_default();
        for line in [
            "    - 2",
            "    + 4",
            "dropped_records: expected 1, found 0",
            "stores s: not there",
            "error: expected None",
        ] {
            assert!(told.contains(line), "{line} is not in\n{told}");
        }
    }
}
