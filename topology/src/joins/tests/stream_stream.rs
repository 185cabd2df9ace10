use crate::driver::script::{Event, Key, Script, Value, builder, builder_with, consumed, key, produced, value};
use crate::{JoinWindows, KStream, StreamJoined, StreamsBuilder};

pub(super) type Pair = (Value, Value);

pub(super) fn streams(builder: &StreamsBuilder) -> (KStream<Key, Value>, KStream<Key, Value>) {
    (builder.stream("l", consumed()), builder.stream("r", consumed()))
}

pub(super) fn serdes() -> StreamJoined<Key, Value, Value> {
    StreamJoined::with(key(), value(), value())
}

pub(super) fn join(windows: JoinWindows) -> StreamsBuilder {
    let builder = builder();
    let (left, right) = streams(&builder);
    let joined: KStream<Key, Pair> = left.join(&right, |_, left, right| (*left, *right), windows, serdes());
    joined.to("out", produced());
    builder
}

fn run(windows: JoinWindows, events: &[Event]) -> Vec<String> {
    Script::run(join(windows), events)
}

#[test]
fn ks_33_every_pair_within_reach_is_joined_in_order_of_time() {
    let events = [("l", "a", "1", 0), ("l", "a", "2", 3), ("r", "a", "7", 5), ("r", "a", "8", 6), ("l", "a", "3", 4)];
    let expected = ["a [1,7] 5", "a [2,7] 5", "a [1,8] 6", "a [2,8] 6", "a [3,7] 5", "a [3,8] 6"];
    assert_eq!(run(JoinWindows::of_difference(10), &events), expected);
}

#[test]
fn ks_33_both_ends_of_the_window_are_included() {
    let windows = JoinWindows::of_difference(10).grace(100);
    let events =
        [("l", "a", "1", 20), ("r", "a", "2", 30), ("r", "a", "3", 31), ("r", "a", "4", 10), ("r", "a", "5", 9)];
    assert_eq!(run(windows, &events), ["a [1,2] 30", "a [1,4] 20"]);
}

#[test]
fn ks_33_before_and_after_are_seen_from_the_left() {
    let windows = JoinWindows::of_difference(0).before(5).after(20).grace(100);
    let left_first =
        [("l", "a", "1", 50), ("r", "a", "2", 45), ("r", "a", "3", 44), ("r", "a", "4", 70), ("r", "a", "5", 71)];
    assert_eq!(run(windows, &left_first), ["a [1,2] 50", "a [1,4] 70"]);
    let mut left_last = left_first;
    left_last.rotate_left(1);
    assert_eq!(run(windows, &left_last), ["a [1,2] 50", "a [1,4] 70"]);
}

#[test]
fn ks_13_equal_records_are_rows_of_their_own_in_store_and_changelog() {
    let mut script = Script::new(join(JoinWindows::of_difference(10)));
    script.feed(&[("l", "a", "1", 0), ("l", "a", "1", 0), ("r", "a", "2", 1)]);
    assert_eq!(script.read("out"), ["a [1,2] 1", "a [1,2] 1"]);
    let zero = "\\x00".repeat(11);
    assert_eq!(
        script.log("app-KSTREAM-JOINTHIS-0000000004-store-changelog"),
        [format!("a{zero}\\x01 1 0"), format!("a{zero}\\x02 1 0")]
    );
}

#[test]
fn ks_28_null_keys_and_values_are_dropped_and_counted() {
    let mut script = Script::new(join(JoinWindows::of_difference(10)));
    script.feed(&[("l", "-", "1", 0), ("r", "-", "2", 1), ("l", "a", "-", 2), ("r", "a", "3", 3), ("l", "a", "4", 4)]);
    assert_eq!(script.read("out"), ["a [4,3] 4"]);
    assert_eq!(script.0.dropped_records(), 3);
    let log = script.log("app-KSTREAM-JOINTHIS-0000000004-store-changelog");
    assert_eq!(log.len(), 2, "the null value is logged, the null key is not: {log:?}");
}

#[test]
fn ks_33_a_stream_joined_with_itself_meets_itself_and_its_neighbours() {
    let builder = builder();
    let stream = builder.stream("l", consumed());
    stream
        .join(&stream, |_, left, right| (*left, *right), JoinWindows::of_difference(10), serdes())
        .to("out", produced());
    let events = [("l", "a", "1", 0), ("l", "a", "2", 5), ("l", "a", "3", 20)];
    assert_eq!(Script::run(builder, &events), ["a [1,1] 0", "a [2,1] 5", "a [1,2] 5", "a [2,2] 5", "a [3,3] 20"]);
}

#[test]
fn ks_33_the_store_decides_what_a_late_record_still_meets() {
    let events = [("l", "a", "1", 0), ("r", "a", "2", 30), ("r", "a", "3", 5), ("l", "a", "4", 25)];
    assert_eq!(run(JoinWindows::of_difference(10), &events), ["a [1,3] 5", "a [4,2] 30"]);
}

#[test]
fn a_stream_that_is_joined_twice_is_repartitioned_once() {
    let builder = builder();
    let (left, right) = streams(&builder);
    let keyed = left.select_key(|_, value: &Value| value.map(|value| value.to_string()));
    for topic in ["out", "out2"] {
        let joined: KStream<Key, Pair> =
            keyed.join(&right, |_, left, right| (*left, *right), JoinWindows::of_difference(10), serdes());
        joined.to(topic, produced());
    }
    let mut script = Script::new(builder);
    script.feed(&[("l", "x", "1", 0), ("r", "1", "2", 1)]);
    assert_eq!(script.read("out"), ["1 [1,2] 1"]);
    assert_eq!(script.read("out2"), ["1 [1,2] 1"]);
    assert_eq!(script.log("app-KSTREAM-KEY-SELECT-0000000002-repartition"), ["1 1 0"]);
}

#[test]
fn an_empty_window_is_refused() {
    let faults = join(JoinWindows::of_difference(5).before(-6)).build().unwrap_err();
    assert!(faults.to_string().contains("before + after must not be negative"), "{faults}");
}

#[test]
fn ks_36_the_optimized_self_join_has_one_store_and_an_order_of_its_own() {
    let builder = builder_with(|config| config.optimization.self_join = true);
    let stream = builder.stream("l", consumed());
    stream
        .join(&stream, |_, left, right| (*left, *right), JoinWindows::of_difference(10), serdes())
        .to("out", produced());
    let mut script = Script::new(builder);
    script.feed(&[("l", "a", "1", 0), ("l", "a", "2", 5), ("l", "a", "3", 3), ("l", "a", "4", 20)]);
    let expected = [
        "a [1,1] 0",
        "a [2,1] 5",
        "a [1,2] 5",
        "a [2,2] 5",
        "a [3,1] 3",
        "a [3,2] 5",
        "a [1,3] 3",
        "a [3,3] 3",
        "a [2,3] 5",
        "a [4,4] 20",
    ];
    assert_eq!(script.read("out"), expected);
    assert_eq!(script.log("app-KSTREAM-JOINTHIS-0000000003-store-changelog").len(), 4);
    assert!(script.log("app-KSTREAM-JOINOTHER-0000000004-store-changelog").is_empty());
}
