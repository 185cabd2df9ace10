use crate::driver::script::{Script, Value, builder, consumed, key, produced, value};
use crate::{Joined, Materialized};

type Event = crate::driver::script::Event;

fn joined(left: bool, events: &[Event]) -> (Vec<String>, u64) {
    let builder = builder();
    let table = builder.table("t", consumed(), Materialized::with(value()));
    let stream = builder.stream("s", consumed());
    let joined = Joined::with(key(), value());
    if left {
        let pair = |_: &_, left: Value, right: Option<&Value>| (left, right.copied().flatten());
        stream.left_join_table(&table, pair, joined).to("out", produced());
    } else {
        stream.join_table(&table, |_, left, right| (left, *right), joined).to("out", produced());
    }
    let mut script = Script::new(builder);
    script.feed(events);
    (script.read("out"), script.0.dropped_records())
}

#[test]
fn ks_29_an_inner_join_needs_key_value_and_row() {
    let events = [("t", "a", "9", 0), ("s", "-", "1", 1), ("s", "a", "-", 2), ("s", "a", "3", 3), ("s", "b", "4", 4)];
    assert_eq!(joined(false, &events), (vec!["a [3,9] 3".to_owned()], 2));
}

#[test]
fn ks_29_a_left_join_keeps_null_keys_and_drops_null_values() {
    let events = [("t", "a", "9", 0), ("s", "-", "1", 1), ("s", "a", "-", 2), ("s", "a", "3", 3), ("s", "b", "4", 4)];
    let expected = ["- [1,null] 1", "a [3,9] 3", "b [4,null] 4"].map(str::to_owned).to_vec();
    assert_eq!(joined(true, &events), (expected, 1));
}

#[test]
fn ks_29_the_row_is_the_one_of_now_and_the_time_that_of_the_record() {
    let events =
        [("t", "a", "1", 0), ("t", "a", "2", 100), ("s", "a", "5", 50), ("t", "a", "-", 200), ("s", "a", "6", 201)];
    let expected = ["a [5,2] 50", "a [6,null] 201"].map(str::to_owned).to_vec();
    assert_eq!(joined(true, &events), (expected, 0));
}

#[test]
fn ks_29_rows_are_read_through_filters_and_mappers_without_a_store() {
    let builder = builder();
    let table = builder
        .table("t", consumed(), Materialized::with(value()))
        .filter(|_, value| *value > Some(5))
        .map_values(|value| value.map(|value| value * 2));
    let pair = |_: &_, left: Value, right: Option<&Value>| (left, right.copied().flatten());
    builder.stream("s", consumed()).left_join_table(&table, pair, Joined::with(key(), value())).to("out", produced());
    let events = [("t", "a", "3", 0), ("s", "a", "1", 1), ("t", "a", "7", 2), ("s", "a", "2", 3)];
    assert_eq!(Script::run(builder, &events), ["a [1,null] 1", "a [2,14] 3"]);
}

#[test]
fn ks_30_null_keys_pass_the_repartition_topic_only_for_a_left_join() {
    for (left, expected) in [(false, vec!["1 [1,7] 1"]), (true, vec!["1 [1,7] 1", "- [9,null] 2"])] {
        let builder = builder();
        let table = builder.table("t", consumed(), Materialized::with(value()));
        let keyed = builder
            .stream("s", consumed())
            .select_key(|_, value: &Value| value.filter(|value| *value < 9).map(|value| value.to_string()));
        let joined = Joined::with(key(), value()).named("j");
        if left {
            let pair = |_: &_, left: Value, right: Option<&Value>| (left, right.copied().flatten());
            keyed.left_join_table(&table, pair, joined).to("out", produced());
        } else {
            keyed.join_table(&table, |_, left, right| (left, *right), joined).to("out", produced());
        }
        let mut script = Script::new(builder);
        script.feed(&[("t", "1", "7", 0), ("s", "x", "1", 1), ("s", "x", "9", 2)]);
        assert_eq!(script.read("out"), expected);
        assert_eq!(script.log("app-j-repartition").len(), expected.len());
    }
}
