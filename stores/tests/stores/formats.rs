//! Bytes on disk and in the changelog, written out by hand.

use std::ops::ControlFlow;

use tillstream_stores::rocks::{Column, ColumnKind, Database, Resources, ScanRange};
use tillstream_stores::{ChangelogMode, Format, Headers, StoreOptions, WindowOptions};

use crate::task::{Task, key_value, value, windows};

type Bytes = Vec<u8>;

fn on_disk<S: 'static>(task: &mut Task<S>, kind: ColumnKind) -> Vec<(Bytes, Bytes)> {
    let path = task.path();
    task.drop_all();
    let database = Database::open(&path, &[Column::new("s", kind)], &Resources::new(32 << 20, 50, 64)).unwrap();
    let mut rows = Vec::new();
    database
        .scan("s", &ScanRange::all(), |key, value| {
            rows.push((key.to_vec(), value.to_vec()));
            ControlFlow::Continue(())
        })
        .unwrap();
    rows
}

#[test]
fn key_value_rows() {
    for (format, disk) in [
        (Format::Plain, &b"\0\0\0\0\0\0\0\x05"[..]),
        (Format::Timestamped, &b"\0\0\0\0\0\0\x01\x02\0\0\0\0\0\0\0\x05"[..]),
    ] {
        let mut task = key_value(StoreOptions { format, ..StoreOptions::new("s") });
        let headers = Headers::new().with("h", Some("1".into()));
        task.store().put(&"k".to_owned(), value(5, 258), &headers).unwrap();
        let logged = task.commit();
        assert_eq!(logged.len(), 1);
        assert_eq!((logged[0].key.as_ref(), logged[0].timestamp), (&b"k"[..], 258));
        assert_eq!(logged[0].value.as_deref(), Some(&b"\0\0\0\0\0\0\0\x05"[..]));
        assert_eq!(logged[0].headers, headers);
        assert_eq!(task.get("k"), Some((5, 258)));
        assert_eq!(on_disk(&mut task, ColumnKind::PointLookup), [(b"k".to_vec(), disk.to_vec())]);
        task.reopen();
        assert_eq!(task.get("k"), Some((5, if format == Format::Plain { -1 } else { 258 })));
    }
}

#[test]
fn window_rows_lie_behind_their_segment() {
    let kept = WindowOptions { retention_ms: 1_000_000, window_size_ms: 10, retain_duplicates: true };
    let mut task = windows(StoreOptions { format: Format::Plain, ..StoreOptions::new("s") }, kept);
    task.put("a", 1_000_001, 7);
    let logged = task.commit();
    assert_eq!(logged[0].key.as_ref(), b"a\0\0\0\0\0\x0f\x42\x41\0\0\0\x01");
    assert_eq!(
        on_disk(&mut task, ColumnKind::Window),
        [(b"\0\0\0\0\0\0\0\x02a\0\0\0\0\0\x0f\x42\x41\0\0\0\x01".to_vec(), b"\0\0\0\0\0\0\0\x07".to_vec())]
    );
}

/// The changelogs Kafka Streams 4.3 wrote for the same calls, record by record.
#[test]
fn every_put_is_logged_as_kafka_streams_logs_it() {
    let every_put = StoreOptions { changelog_mode: ChangelogMode::EveryPut, ..StoreOptions::new("s") };
    let kept = WindowOptions { retention_ms: 100, window_size_ms: 10, retain_duplicates: true };
    let mut task = windows(every_put.clone(), kept);
    for (key, number, start, time) in
        [("a", Some(1), 0, 0), ("b", Some(2), 5, 1), ("a", None, 10, 17), ("a", Some(6), 10, 19)]
    {
        let row = number.and_then(|number| value(number, time));
        task.store().at(time).put(&key.to_owned(), start, row, &Headers::new()).unwrap();
    }
    let logged: Vec<(Bytes, bool, i64)> = task
        .commit()
        .into_iter()
        .map(|record| (record.key.to_vec(), record.value.is_some(), record.timestamp))
        .collect();
    assert_eq!(
        logged,
        [
            (b"a\0\0\0\0\0\0\0\0\0\0\0\x01".to_vec(), true, 0),
            (b"b\0\0\0\0\0\0\0\x05\0\0\0\x02".to_vec(), true, 1),
            (b"a\0\0\0\0\0\0\0\x0a\0\0\0\x03".to_vec(), false, 17),
            (b"a\0\0\0\0\0\0\0\x0a\0\0\0\x04".to_vec(), true, 19),
        ]
    );

    let mut task = key_value(every_put);
    task.put("x", 1, 21);
    task.put("x", 2, 21);
    task.store().at(21).put(&"y".to_owned(), None, &Headers::new()).unwrap();
    let logged: Vec<(Bytes, Option<Bytes>)> =
        task.commit().into_iter().map(|record| (record.key.to_vec(), record.value.map(Into::into))).collect();
    let number = |number: i64| Some(number.to_be_bytes().to_vec());
    assert_eq!(logged, [(b"x".to_vec(), number(1)), (b"x".to_vec(), number(2)), (b"y".to_vec(), None)]);
}
