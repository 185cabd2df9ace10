//! What a store with caching hands on at a commit.

use tillstream_stores::{Error, Headers, StoreOptions, WindowOptions};

use crate::task::{KeyValue, Task, key_value, value, windows};

fn caching() -> Task<KeyValue> {
    key_value(StoreOptions { caching: true, ..StoreOptions::new("s") })
}

/// Key, new, old, timestamp.
type Row = (String, Option<i64>, Option<i64>, i64);

fn flush(task: &Task<KeyValue>) -> Vec<Row> {
    let rows = task.store().take_flush().unwrap();
    rows.into_iter()
        .map(|row| (row.key, row.new.map(|row| row.value), row.old.map(|row| row.value), row.timestamp))
        .collect()
}

#[test]
fn rows_come_in_the_order_of_the_last_write_with_the_value_before_the_first() {
    let mut task = caching();
    task.put("a", 1, 10);
    task.put("b", 2, 11);
    assert_eq!(flush(&task), [("a".into(), Some(1), None, 10), ("b".into(), Some(2), None, 11)]);
    assert_eq!(flush(&task), []);
    task.commit();

    task.put("a", 3, 20);
    task.put("b", 4, 21);
    task.put("a", 5, 22);
    task.store().delete(&"b".to_owned(), 19, &Headers::new()).unwrap();
    task.put("c", 6, 18);
    task.put("a", 7, 17);
    assert_eq!(
        flush(&task),
        [("b".into(), None, Some(2), 19), ("c".into(), Some(6), None, 18), ("a".into(), Some(7), Some(1), 17),]
    );
    let logged: Vec<Vec<u8>> = task.commit().into_iter().map(|record| record.key.into()).collect();
    assert_eq!(logged, [b"b", b"c", b"a"]);
}

#[test]
fn a_second_flush_in_one_commit_goes_on_from_the_first() {
    let mut task = caching();
    task.put("a", 1, 1);
    flush(&task);
    task.put("a", 2, 2);
    assert_eq!(flush(&task), [("a".into(), Some(2), Some(1), 2)]);
    assert_eq!(task.commit().len(), 1);
}

#[test]
fn old_values_are_those_on_disk_when_nothing_is_in_memory() {
    let mut task = key_value(StoreOptions { caching: true, cache_bytes: 0, ..StoreOptions::new("s") });
    task.put("a", 1, 1);
    flush(&task);
    task.commit();
    task.reopen();
    task.store().update::<Error>(&"a".to_owned(), &Headers::new(), |row| Ok(value(row.unwrap().value + 1, 2))).unwrap();
    assert_eq!(flush(&task), [("a".into(), Some(2), Some(1), 2)]);
}

#[test]
fn what_is_discarded_is_not_flushed() {
    let mut task = caching();
    task.put("a", 1, 1);
    task.commit();
    task.put("a", 2, 2);
    task.discard();
    assert_eq!(flush(&task), []);
    assert_eq!(task.get("a"), Some((1, 1)));
}

#[test]
fn hot_keys_keep_the_order_of_their_last_write() {
    let mut task = caching();
    for number in 0..20_000_i64 {
        task.put(&format!("k{}", number % 7), number, number);
    }
    let last: Vec<i64> = flush(&task).iter().filter_map(|row| row.1).collect();
    assert_eq!(last, (19_993..20_000).collect::<Vec<_>>());
    let logged: Vec<i64> = task.commit().iter().map(|record| record.timestamp).collect();
    assert_eq!(logged, (19_993..20_000).collect::<Vec<_>>());
}

#[test]
fn windows_are_flushed_with_their_bounds_and_headers() {
    let kept = WindowOptions { retention_ms: 1_000, window_size_ms: 10, retain_duplicates: false };
    let task = windows(StoreOptions { caching: true, ..StoreOptions::new("s") }, kept);
    let headers = Headers::new().with("h", None);
    task.store().put(&"a".to_owned(), 20, value(1, 25), &headers).unwrap();
    let rows = task.store().take_flush().unwrap();
    assert_eq!((rows[0].key.window.start, rows[0].key.window.end, rows[0].timestamp), (20, 30, 25));
    assert_eq!(rows[0].headers, headers);
}
