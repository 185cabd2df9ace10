use crate::driver::script::{Event, Key, Script, Value, builder, builder_with, consumed, produced, value};
use crate::{KTable, Materialized, Produced, StreamsBuilder};
use tillstream_stores::{json, nullable};

type Pair = (Value, Value);

const SCRIPT: [Event; 12] = [
    ("l", "a", "1", 0),
    ("r", "a", "2", 1),
    ("l", "a", "3", 2),
    ("r", "a", "4", 3),
    ("l", "a", "-", 4),
    ("r", "a", "-", 5),
    ("r", "a", "5", 6),
    ("l", "a", "6", 7),
    ("r", "a", "-", 8),
    ("l", "a", "-", 9),
    ("l", "a", "-", 10),
    ("r", "a", "-", 11),
];

fn tables(builder: &StreamsBuilder) -> (KTable<Key, Value>, KTable<Key, Value>) {
    let table = |topic| builder.table(topic, consumed(), Materialized::with(value()));
    (table("l"), table("r"))
}

fn results() -> Produced<Key, Option<Pair>> {
    Produced::with(crate::driver::script::key(), nullable(json()))
}

fn stored(store: bool) -> Option<Materialized<Pair>> {
    store.then(|| Materialized::named_with("j", json()))
}

#[test]
fn ks_38_an_inner_join_has_a_row_while_both_have() {
    let expected = ["a [1,2] 1", "a [3,2] 2", "a [3,4] 3", "a - 4", "a [6,5] 7", "a - 8"];
    for store in [false, true] {
        let builder = builder();
        let (left, right) = tables(&builder);
        let pair = |_: &Key, left: &Value, right: &Value| (*left, *right);
        let joined = match stored(store) {
            Some(materialized) => left.join_materialized(&right, pair, materialized),
            None => left.join(&right, pair),
        };
        joined.to_stream().to("out", results());
        assert_eq!(Script::run(builder, &SCRIPT), expected);
    }
}

#[test]
fn ks_38_a_left_join_has_a_row_while_the_left_has() {
    let expected =
        ["a [1,null] 0", "a [1,2] 1", "a [3,2] 2", "a [3,4] 3", "a - 4", "a [6,5] 7", "a [6,null] 8", "a - 9"];
    for store in [false, true] {
        let builder = builder();
        let (left, right) = tables(&builder);
        let pair = |_: &Key, left: &Value, right: Option<&Value>| (*left, right.copied().flatten());
        let joined = match stored(store) {
            Some(materialized) => left.left_join_materialized(&right, pair, materialized),
            None => left.left_join(&right, pair),
        };
        joined.to_stream().to("out", results());
        assert_eq!(Script::run(builder, &SCRIPT), expected);
    }
}

#[test]
fn ks_38_an_outer_join_has_a_row_while_one_has() {
    let expected = [
        "a [1,null] 0",
        "a [1,2] 1",
        "a [3,2] 2",
        "a [3,4] 3",
        "a [null,4] 4",
        "a - 5",
        "a [null,5] 6",
        "a [6,5] 7",
        "a [6,null] 8",
        "a - 9",
    ];
    for (store, caching) in [(false, false), (true, false), (true, true)] {
        let builder = builder_with(|config| config.caching = caching);
        let (left, right) = tables(&builder);
        let pair =
            |_: &Key, left: Option<&Value>, right: Option<&Value>| (left.copied().flatten(), right.copied().flatten());
        let joined = match stored(store) {
            Some(materialized) => left.outer_join_materialized(&right, pair, materialized),
            None => left.outer_join(&right, pair),
        };
        joined.to_stream().to("out", results());
        assert_eq!(Script::run(builder, &SCRIPT), expected, "store {store}, caching {caching}");
    }
}

#[test]
fn ks_38_the_time_is_the_later_rows() {
    let builder = builder();
    let (left, right) = tables(&builder);
    left.left_join(&right, |_, left, right| (*left, right.copied().flatten())).to_stream().to("out", results());
    let events =
        [("l", "a", "1", 10), ("r", "a", "2", 50), ("l", "a", "3", 20), ("r", "a", "-", 5), ("l", "a", "-", 6)];
    let expected = ["a [1,null] 10", "a [1,2] 50", "a [3,2] 50", "a [3,null] 20", "a - 6"];
    assert_eq!(Script::run(builder, &events), expected);
}

#[test]
fn ks_38_three_tables_in_a_chain_are_read_through_the_unstored_join() {
    let builder = builder();
    let (left, right) = tables(&builder);
    let joined = left.join(&right, |_, left, right| (*left, *right));
    let third = builder.table("z", consumed(), Materialized::with(value()));
    joined
        .left_join(&third, |_, pair, third| (*pair, third.copied().flatten()))
        .to_stream()
        .to("out", Produced::with(crate::driver::script::key(), nullable(json())));
    let events = [
        ("l", "a", "1", 0),
        ("z", "a", "3", 1),
        ("r", "a", "2", 2),
        ("l", "a", "4", 3),
        ("z", "a", "-", 4),
        ("r", "a", "-", 5),
    ];
    assert_eq!(Script::run(builder, &events), ["a [[1,2],3] 2", "a [[4,2],3] 3", "a [[4,2],null] 4", "a - 5"]);
}

#[test]
fn ks_38_a_table_joined_with_itself_gives_two_results_an_update() {
    let builder = builder();
    let table = builder.table("l", consumed(), Materialized::with(value()));
    table.join(&table, |_, left, right| (*left, *right)).to_stream().to("out", results());
    let events = [("l", "a", "1", 0), ("l", "a", "2", 1), ("l", "a", "-", 2)];
    assert_eq!(Script::run(builder, &events), ["a [1,1] 0", "a [1,1] 0", "a [2,2] 1", "a [2,2] 1"]);
}

#[test]
fn ks_38_a_joiner_that_answers_none_makes_no_row() {
    let builder = builder();
    let (left, right) = tables(&builder);
    left.join(&right, |_, left, right| (*left <= Some(5)).then_some((*left, *right)))
        .flatten()
        .to_stream()
        .to("out", results());
    let events = [("l", "a", "1", 0), ("r", "a", "2", 1), ("l", "a", "9", 2), ("l", "a", "3", 3)];
    assert_eq!(Script::run(builder, &events), ["a [1,2] 1", "a - 2", "a [3,2] 3"]);
}

#[test]
fn ks_38_old_results_are_passed_on_for_subtraction() {
    let builder = builder();
    let (left, right) = tables(&builder);
    let sum = |_: &Key, left: &Value, right: &Value| Some(left.unwrap() + right.unwrap());
    left.join(&right, sum)
        .group_by(|_, sum| (Some("g".to_owned()), *sum), crate::Grouped::with(crate::driver::script::key(), value()))
        .reduce(
            |a, b| Some(a.unwrap() + b.unwrap()),
            |a, b| Some(a.unwrap() - b.unwrap()),
            Materialized::named_with("s", value()),
        )
        .to_stream()
        .to("out", produced());
    let mut script = Script::new(builder);
    script.feed(&[
        ("l", "a", "1", 0),
        ("r", "a", "2", 1),
        ("l", "a", "5", 2),
        ("l", "b", "1", 3),
        ("r", "b", "1", 4),
        ("r", "a", "-", 5),
    ]);
    assert_eq!(script.read("out"), ["g 3 1", "g 7 2", "g 9 4", "g 2 5"]);
    assert_eq!(script.log("app-s-repartition"), ["g 3\\x01 1", "g \\x0273\\x02 2", "g 2\\x01 4", "g 7\\x00 5"]);
}
