use crate::driver::script::{Event, Key, Script, Value, builder, builder_with, consumed, key, produced, value};
use crate::{Grouped, KTable, Materialized, StreamsBuilder};

/// The topic `t` as a table, with a store if it gets a name.
fn table(builder: &StreamsBuilder, store: Option<&str>) -> KTable<Key, Value> {
    let materialized = Materialized::with(value());
    builder.table("t", consumed(), Materialized { name: store.map(str::to_owned), ..materialized })
}

fn out(table: &KTable<Key, Value>) {
    table.to_stream().cast_values(Option::flatten).to("out", produced());
}

const FILTERED: [Event; 5] =
    [("t", "a", "7", 0), ("t", "a", "3", 1), ("t", "b", "1", 2), ("t", "b", "9", 3), ("t", "b", "-", 4)];

#[test]
fn ks_26_a_table_hands_on_each_update_and_drops_null_keys() {
    let builder = builder();
    out(&table(&builder, Some("tab")));
    let mut script = Script::new(builder);
    script.feed(&[("t", "a", "1", 0), ("t", "-", "5", 1), ("t", "a", "1", 2), ("t", "a", "-", 3)]);
    assert_eq!(script.read("out"), ["a 1 0", "a 1 2", "a null 3"]);
    assert_eq!(script.0.dropped_records(), 1);
    assert_eq!(script.log("app-tab-changelog"), ["a 1 0", "a 1 2", "a - 3"]);
}

#[test]
fn ks_27_an_older_record_replaces_a_newer_one() {
    let builder = builder();
    out(&table(&builder, Some("tab")));
    let mut script = Script::new(builder);
    script.feed(&[("t", "a", "1", 10), ("t", "a", "2", 5)]);
    assert_eq!(script.read("out"), ["a 1 10", "a 2 5"]);
    assert_eq!(script.log("app-tab-changelog"), ["a 1 10", "a 2 5"]);
}

#[test]
fn ks_3_a_table_nobody_asks_keeps_no_store_but_burns_its_number() {
    let builder = builder();
    out(&table(&builder, None));
    let text = builder.build().unwrap().describe();
    assert!(text.contains("Processor: KTABLE-SOURCE-0000000002 (stores: [])"), "{text}");
}

#[test]
fn ks_11_a_source_topic_stands_in_for_the_changelog() {
    let builder = builder_with(|config| config.optimization.reuse_source_topics = true);
    out(&table(&builder, Some("tab")));
    let topology = builder.build().unwrap();
    assert_eq!(topology.changelog_topic("tab", "app").as_deref(), Some("t"));
    assert!(topology.is_source_backed("tab"));
}

#[test]
fn ks_42_a_cache_swallows_the_delete_of_an_unknown_row() {
    for (caching, expected) in [(true, vec!["a 1 0", "a null 2"]), (false, vec!["a 1 0", "a null 2", "b null 3"])] {
        let builder = builder_with(|config| config.caching = caching);
        out(&table(&builder, Some("tab")));
        assert_eq!(Script::run(builder, &[("t", "a", "1", 0), ("t", "a", "-", 2), ("t", "b", "-", 3)]), expected);
    }
}

#[test]
fn ks_41_a_filter_below_a_stored_table_knows_which_rows_were_there() {
    let expected = ["a 7 0", "a null 1", "b 9 3", "b null 4"];
    type Step = fn(&KTable<Key, Value>) -> KTable<Key, Value>;
    let through_a_mapper: [Step; 2] = [Clone::clone, |table| table.map_values(|value| value)];
    for step in through_a_mapper {
        let builder = builder();
        out(&step(&table(&builder, Some("tab"))).filter(|_, value| *value > Some(5)));
        assert_eq!(Script::run(builder, &FILTERED), expected);
    }
}

#[test]
fn ks_41_a_filter_below_an_unstored_table_deletes_to_be_sure() {
    let expected = ["a 7 0", "a null 1", "b null 2", "b 9 3", "b null 4"];
    let plain = builder();
    out(&table(&plain, None).filter(|_, value| *value > Some(5)));
    assert_eq!(Script::run(plain, &FILTERED), expected);
    // A store of its own changes nothing.
    let stored = builder();
    let materialized = Materialized::named_with("f", value());
    out(&table(&stored, None).filter_not_materialized(|_, value| *value <= Some(5), materialized));
    let mut script = Script::new(stored);
    script.feed(&FILTERED);
    assert_eq!(script.read("out"), expected);
    assert_eq!(script.log("app-f-changelog"), ["a 7 0", "a - 1", "b - 2", "b 9 3", "b - 4"]);
}

#[test]
fn ks_42_a_grouping_below_makes_the_source_keep_a_store() {
    let builder = builder();
    let filtered = table(&builder, None).filter(|_, value| *value > Some(5));
    filtered
        .group_by(|_, value| (Some("g".to_owned()), *value), Grouped::with(key(), value()))
        .count(Materialized::named("c"))
        .to_stream()
        .to("counts", produced());
    out(&filtered);
    let mut script = Script::new(builder);
    script.feed(&[("t", "a", "1", 0), ("t", "a", "7", 1), ("t", "a", "2", 2), ("t", "a", "3", 3)]);
    assert_eq!(script.read("out"), ["a 7 1", "a null 2"]);
    assert_eq!(script.read("counts"), ["g 1 1", "g 0 2"]);
    assert_eq!(script.log("app-t-STATE-STORE-0000000000-changelog").len(), 4);
}

#[test]
fn a_mapped_table_with_a_store_keeps_its_own_rows() {
    let builder = builder();
    let materialized = Materialized::named_with("m", value());
    out(&table(&builder, None).map_values_materialized(|_, value| value.map(|value| value * 2), materialized));
    let mut script = Script::new(builder);
    script.feed(&[("t", "a", "1", 0), ("t", "b", "2", 1), ("t", "a", "-", 2)]);
    assert_eq!(script.read("out"), ["a 2 0", "b 4 1", "a null 2"]);
    assert_eq!(script.log("app-m-changelog"), ["a 2 0", "b 4 1", "a - 2"]);
}

#[test]
fn ks_12_a_stream_becomes_a_table_behind_a_repartition_topic_if_its_key_changed() {
    let builder = builder();
    let keyed = builder.stream("t", consumed()).select_key(|_, value: &Value| value.map(|_| "x".to_owned()));
    out(&keyed.to_table(key(), Materialized::named_with("tab", value())));
    let mut script = Script::new(builder);
    script.feed(&[("t", "a", "1", 0), ("t", "b", "2", 1), ("t", "c", "-", 2)]);
    assert_eq!(script.read("out"), ["x 1 0", "x 2 1"]);
    assert_eq!(script.log("app-KSTREAM-TOTABLE-0000000002-repartition"), ["x 1 0", "x 2 1"]);
}

#[test]
fn ks_12_updates_under_another_key_are_repartitioned_by_the_next_grouping() {
    let builder = builder();
    table(&builder, None)
        .to_stream_with_key(|_, value| value.flatten().map(|value| value.to_string()))
        .cast_values(Option::flatten)
        .group_by_key(Grouped::with(key(), value()))
        .count(Materialized::<u64>::json())
        .to_stream()
        .to("out", produced());
    let events = [("t", "a", "5", 0), ("t", "b", "5", 1), ("t", "a", "-", 2)];
    assert_eq!(Script::run(builder, &events), ["5 1 0", "5 2 1"]);
}

#[test]
fn a_topic_is_not_both_stream_and_table() {
    let builder = builder();
    out(&table(&builder, None));
    builder.stream("t", consumed()).to("copy", produced());
    assert!(builder.build().unwrap_err().to_string().contains("topic t is read twice"));
}
