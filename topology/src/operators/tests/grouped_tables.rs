use crate::driver::script::{Event, Key, Script, Value, builder, builder_with, consumed, key, produced, value};
use crate::{Grouped, KGroupedTable, Materialized, ProcessError, StreamsBuilder};

/// Rows of `t` grouped by their tens.
fn grouped(builder: &StreamsBuilder) -> KGroupedTable<Key, Value> {
    let tens = |_: &Key, value: &Value| (value.map(|value| (value / 10).to_string()), *value);
    builder.table("t", consumed(), Materialized::with(value())).group_by(tens, Grouped::with(key(), value()))
}

#[test]
fn ks_40_a_count_follows_rows_that_move_and_go() {
    let builder = builder();
    grouped(&builder).count(Materialized::<u64>::named("c")).to_stream().to("out", produced());
    let mut script = Script::new(builder);
    script.feed(&[
        ("t", "a", "11", 0),
        ("t", "b", "12", 1),
        ("t", "a", "13", 2),
        ("t", "a", "21", 3),
        ("t", "b", "-", 4),
        ("t", "x", "-", 5),
    ]);
    assert_eq!(script.read("out"), ["1 1 0", "1 2 1", "1 2 2", "1 1 3", "2 1 3", "1 0 4"]);
    assert_eq!(
        script.log("app-c-repartition"),
        ["1 11\\x01 0", "1 12\\x01 1", "1 \\x041311\\x02 2", "1 13\\x00 3", "2 21\\x01 3", "1 12\\x00 4"]
    );
}

#[test]
fn ks_40_a_reduce_subtracts_the_old_row_and_keeps_the_later_time() {
    let builder = builder();
    let sum = |a: Value, b: Value| Some(a? + b?);
    let less = |a: Value, b: Value| Some(a? - b?);
    grouped(&builder).reduce(sum, less, Materialized::with(value())).to_stream().to("out", produced());
    let events = [("t", "a", "15", 10), ("t", "b", "11", 3), ("t", "a", "16", 7), ("t", "b", "-", 8)];
    assert_eq!(Script::run(builder, &events), ["1 15 10", "1 26 10", "1 27 10", "1 16 10"]);
}

#[test]
fn ks_40_a_null_result_is_a_tombstone_and_the_aggregate_starts_anew() {
    let builder = builder();
    let add = |_: &Key, value: Value, sum: Value| Some(sum? + value?);
    let subtract = |_: &Key, value: Value, sum: Value| Some(sum? - value?).filter(|sum| *sum != 0);
    let table = grouped(&builder).aggregate(|| Some(0), add, subtract, Materialized::named_with("c", value()));
    table.to_stream().cast_values(Option::flatten).to("out", produced());
    let mut script = Script::new(builder);
    script.feed(&[("t", "a", "15", 0), ("t", "a", "-", 1), ("t", "b", "12", 2)]);
    assert_eq!(script.read("out"), ["1 15 0", "1 null 1", "1 12 2"]);
    assert_eq!(script.log("app-c-changelog"), ["1 15 0", "1 - 1", "1 12 2"]);
}

#[test]
fn ks_31_a_selector_that_answers_null_leaves_the_row_out() {
    let builder = builder();
    let select = |_: &Key, value: &Value| (Some("g".to_owned()), value.filter(|value| *value <= 10));
    builder
        .table("t", consumed(), Materialized::with(value()))
        .group_by(select, Grouped::with(key(), value()))
        .count(Materialized::<u64>::named("c"))
        .to_stream()
        .to("out", produced());
    let events = [("t", "a", "1", 0), ("t", "b", "11", 1), ("t", "a", "12", 2)];
    assert_eq!(Script::run(builder, &events), ["g 1 0", "g 0 2"]);
}

#[test]
fn ks_42_caches_are_flushed_from_parents_to_children() {
    const EVENTS: [Event; 4] = [("t", "a", "11", 0), ("t", "b", "12", 1), ("t", "a", "21", 2), ("t", "b", "22", 3)];
    let builder = builder_with(|config| config.caching = true);
    grouped(&builder).count(Materialized::<u64>::named("c")).to_stream().to("out", produced());
    assert_eq!(Script::run(builder, &EVENTS), ["1 1 0", "1 2 1", "1 1 2", "2 1 2", "1 0 3", "2 2 3"]);
}

#[test]
fn ks_5_aggregations_of_a_named_grouping_share_its_topic() {
    let builder = builder();
    let named = Grouped::with(key(), value()).named("g");
    let grouped =
        builder.table("t", consumed(), Materialized::with(value())).group_by(|key, value| (key.clone(), *value), named);
    grouped.count(Materialized::<u64>::json()).to_stream().to("out", produced());
    grouped.count(Materialized::<u64>::json()).to_stream().to("out2", produced());
    let mut script = Script::new(builder);
    script.feed(&[("t", "a", "1", 0)]);
    assert_eq!(script.read("out"), ["a 1 0"]);
    assert_eq!(script.read("out2"), ["a 1 0"]);
    assert_eq!(script.log("app-g-repartition"), ["a 1\\x01 0"]);
}

#[test]
fn a_refusal_of_an_aggregate_is_an_error_of_the_record() {
    let builder = builder();
    grouped(&builder).try_aggregate(
        || Some(0),
        |_, _, _| Err(ProcessError::refused("overflow", "too much")),
        |_, _, sum| Ok(sum),
        Materialized::with(value()),
    );
    let mut script = Script::new(builder);
    let record = crate::driver::ProducedRecord {
        key: Some("a".into()),
        value: Some("11".into()),
        timestamp: 0,
        headers: tillstream_stores::Headers::default(),
    };
    let error = script.0.pipe_raw("t", record).unwrap_err();
    assert!(error.to_string().contains("too much"), "{error}");
}
