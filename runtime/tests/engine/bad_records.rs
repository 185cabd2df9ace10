//! A record that cannot be processed goes to the dead letters, leaves no trace in any total, and does not stop the rest.

use tillstream_runtime::dead_letters::header;
use tillstream_stores::{i64_be, utf8};
use tillstream_topology::{Consumed, Grouped, Materialized, ProcessError, StreamsBuilder, Topology};

use crate::harness::{Harness, rows, settle};

/// Sums eight-byte numbers twice: below the first store, a second aggregation refuses what would overflow.
fn sums() -> Topology {
    let builder = StreamsBuilder::new();
    let numbers = builder.stream("numbers", Consumed::with(utf8(), i64_be()));
    let grouped = numbers.group_by_key(Grouped::with(utf8(), i64_be()));
    grouped.count(Materialized::named_with("seen", tillstream_stores::u64_be()));
    grouped.try_aggregate(
        || 0_i64,
        |key, value, sum| match sum.checked_add(value) {
            Some(_) if value == -1 => panic!("minus one"),
            Some(sum) => Ok(sum),
            None => Err(ProcessError::refused("overflow", format!("the sum of {key} overflows"))),
        },
        Materialized::named_with("sums", i64_be()),
    );
    builder.build().unwrap()
}

#[test]
fn refused_records_leave_no_trace_in_any_store() {
    let harness = Harness::new(&["numbers"]);
    let (big, one, minus) = (i64::MAX.to_be_bytes(), 1_i64.to_be_bytes(), (-1_i64).to_be_bytes());
    harness.produce(
        "numbers",
        [
            ("a", Some(&one[..]), 1),
            ("a", Some(&big[..]), 2),
            ("a", Some(&one[..]), 3),
            ("a", Some(&b"short"[..]), 4),
            ("a", None, 5),
            ("a", Some(&minus[..]), 6),
            ("b", Some(&one[..]), 7),
            ("a", Some(&one[..]), 8),
        ],
    );
    let application = harness.start(&sums(), 2);
    settle(&application);
    let sums = rows(&application, "sums", &utf8(), &i64_be());
    assert_eq!(sums["a"], 3);
    assert_eq!(sums["b"], 1);
    let seen = rows(&application, "seen", &utf8(), &tillstream_stores::u64_be());
    assert_eq!(seen["a"], 3, "the count above the refusal must not have counted it");
    let mut classes: Vec<String> = harness
        .read("dead-letters")
        .iter()
        .map(|(_, _, headers)| String::from_utf8(headers.get(header::CLASS).unwrap().to_vec()).unwrap())
        .collect();
    classes.sort_unstable();
    assert_eq!(classes.len(), 4, "{classes:?}");
    assert!(classes.contains(&"overflow".to_owned()) && classes.contains(&"panic".to_owned()), "{classes:?}");
    let ledger = application.query().ledger()["numbers"];
    assert_eq!((ledger.consumed, ledger.applied, ledger.dead), (8, 4, 4));
}
