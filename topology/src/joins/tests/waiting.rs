use super::stream_stream::{serdes, streams};
use crate::driver::script::{Event, Key, Script, Value, builder_with, produced};
use crate::{JoinWindows, StreamsBuilder};

#[derive(Clone, Copy)]
enum Kind {
    Left,
    Outer,
}

fn join_every(kind: Kind, windows: JoinWindows, interval: i64) -> StreamsBuilder {
    let builder = builder_with(|config| config.join_emit_interval_ms = interval);
    let (left, right) = streams(&builder);
    let known = |value: Option<&Value>| value.copied().flatten();
    let joined = match kind {
        Kind::Left => left.left_join(&right, move |_: &Key, left, right| (*left, known(right)), windows, serdes()),
        Kind::Outer => {
            left.outer_join(&right, move |_: &Key, left, right| (known(left), known(right)), windows, serdes())
        }
    };
    joined.to("out", produced());
    builder
}

fn run(kind: Kind, windows: JoinWindows, events: &[Event]) -> Vec<String> {
    Script::run(join_every(kind, windows, 0), events)
}

fn within(grace: i64) -> JoinWindows {
    JoinWindows::of_difference(10).grace(grace)
}

#[test]
fn ks_34_a_left_record_comes_out_alone_when_window_and_grace_are_over() {
    let events = [("l", "a", "1", 0), ("l", "b", "2", 15), ("l", "c", "3", 16)];
    assert_eq!(run(Kind::Left, within(5), &events), ["a [1,null] 0"]);
}

#[test]
fn ks_34_a_match_in_time_ends_the_wait() {
    let mut script = Script::new(join_every(Kind::Left, within(5), 0));
    script.feed(&[("l", "a", "1", 0), ("r", "a", "2", 9), ("l", "b", "3", 40)]);
    assert_eq!(script.read("out"), ["a [1,2] 9"]);
    let zero = "\\x00".repeat(8);
    assert_eq!(
        script.log("app-KSTREAM-OUTERSHARED-0000000004-store-changelog"),
        [
            format!("{zero}\\x01a \\x01\\x00\\x00\\x00\\x01\\x00\\x00\\x00\\x02\\x011 0"),
            format!("{zero}\\x01a - 9"),
            format!("{}(\\x01b \\x01\\x00\\x00\\x00\\x01\\x00\\x00\\x00\\x02\\x013 40", "\\x00".repeat(7)),
        ]
    );
}

#[test]
fn ks_34_rows_come_out_by_time_right_side_first_then_key() {
    let events = [("l", "b", "1", 5), ("r", "a", "2", 5), ("l", "a", "3", 5), ("r", "c", "4", 5), ("l", "z", "9", 50)];
    assert_eq!(run(Kind::Outer, within(0), &events), ["a [3,2] 5", "c [null,4] 5", "b [1,null] 5"]);
}

#[test]
fn ks_34_unmatched_right_records_of_a_left_join_stay_silent() {
    let events = [("r", "a", "1", 0), ("r", "b", "2", 50), ("l", "c", "3", 100), ("r", "d", "4", 200)];
    assert_eq!(run(Kind::Left, within(0), &events), ["c [3,null] 100"]);
}

#[test]
fn ks_34_the_sides_of_an_asymmetric_window_wait_differently() {
    let windows = JoinWindows::of_difference(0).before(3).after(12);
    let events = [
        ("l", "a", "1", 0),
        ("r", "b", "2", 0),
        ("l", "c", "3", 4),
        ("l", "d", "4", 8),
        ("l", "e", "5", 13),
        ("l", "f", "6", 40),
    ];
    let expected = ["b [null,2] 0", "a [1,null] 0", "c [3,null] 4", "d [4,null] 8", "e [5,null] 13"];
    assert_eq!(run(Kind::Outer, windows, &events), expected);
}

#[test]
fn ks_34_two_waiting_records_of_one_time_and_key_both_come_out_or_both_match() {
    let alone = [("l", "a", "1", 0), ("l", "a", "2", 0), ("l", "z", "9", 50)];
    assert_eq!(run(Kind::Outer, within(0), &alone), ["a [1,null] 0", "a [2,null] 0"]);
    let matched = [("l", "a", "1", 0), ("l", "a", "2", 0), ("r", "a", "3", 5), ("l", "z", "9", 50)];
    assert_eq!(run(Kind::Outer, within(0), &matched), ["a [1,3] 5", "a [2,3] 5"]);
}

#[test]
fn ks_34_an_interval_bounds_how_often_rows_are_released() {
    let mut script = Script::new(join_every(Kind::Left, within(0), 1_000));
    script.feed(&[("l", "a", "1", 0), ("l", "b", "2", 20), ("l", "c", "3", 40)]);
    assert_eq!(script.read("out"), [""; 0]);
    script.0.advance_wall_clock(1_000).unwrap();
    script.feed(&[("l", "d", "4", 60), ("l", "e", "5", 80)]);
    assert_eq!(script.read("out"), ["a [1,null] 0", "b [2,null] 20", "c [3,null] 40"]);
}

#[test]
fn ks_28_null_keys_come_out_at_once_and_null_values_are_dropped() {
    let events = [("l", "-", "1", 0), ("r", "-", "2", 1), ("l", "a", "-", 2), ("r", "b", "-", 3)];
    assert_eq!(run(Kind::Outer, within(0), &events), ["- [1,null] 0", "- [null,2] 1"]);
    assert_eq!(run(Kind::Left, within(0), &events), ["- [1,null] 0"]);
}

#[test]
fn ks_35_an_eager_join_does_not_wait() {
    let events = [("l", "a", "1", 0), ("r", "a", "2", 5), ("r", "b", "3", 6)];
    let windows = JoinWindows::of_difference(10).eager();
    assert_eq!(run(Kind::Outer, windows, &events), ["a [1,null] 0", "a [1,2] 5", "b [null,3] 6"]);
    assert_eq!(windows.grace_ms(), 86_400_000 - 20);
}

/// Kafka Streams answers twice here: null at once, because the window's end is behind stream time, and the match.
#[test]
fn a_late_record_within_grace_has_one_answer() {
    let left = [("l", "z", "0", 100), ("l", "a", "1", 80), ("r", "a", "2", 85)];
    assert_eq!(run(Kind::Left, within(50), &left), ["a [1,2] 85"]);
    let alone = [("l", "z", "0", 100), ("l", "a", "1", 80), ("r", "x", "2", 141), ("r", "x", "3", 200)];
    assert_eq!(run(Kind::Left, within(50), &alone), ["a [1,null] 80", "z [0,null] 100"]);
    let right = [("l", "z", "0", 100), ("r", "a", "1", 80), ("l", "a", "2", 85), ("r", "b", "3", 89)];
    assert_eq!(run(Kind::Outer, within(50), &right), ["a [2,1] 85"]);
}

#[test]
fn ks_34_a_record_past_window_and_grace_comes_out_alone_at_once() {
    let events = [("l", "x", "0", 100), ("l", "a", "1", 85), ("l", "b", "2", 95), ("l", "c", "3", 79)];
    assert_eq!(run(Kind::Left, within(0), &events), ["a [1,null] 85", "c [3,null] 79"]);
}
