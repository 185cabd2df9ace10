//! `update`: moves values, and leaves nothing behind when it fails.

use tillstream_stores::{Error, Headers, KeyValueBuilder, KeyValueStore, StoreOptions, ValueAndTimestamp, json, utf8};

use crate::task::{Task, key_value};

type Lists = KeyValueStore<String, Vec<u32>>;

fn lists() -> Task<Lists> {
    Task::open(std::sync::Arc::new(KeyValueBuilder::new(StoreOptions::new("s"), utf8(), json::<Vec<u32>>())))
}

fn push(task: &Task<Lists>, number: u32) -> Result<(), Error> {
    task.store().update(&"k".to_owned(), &Headers::new(), |row| {
        let mut row = row.unwrap_or_else(|| ValueAndTimestamp::new(Vec::new(), 1));
        row.value.push(number);
        if number == 13 { Err(Error::Closed) } else { Ok(Some(row)) }
    })
}

fn list(task: &Task<Lists>) -> Option<Vec<u32>> {
    task.store().get(&"k".to_owned()).unwrap().map(|row| row.value.clone())
}

#[test]
fn a_failed_update_of_a_committed_value_changes_nothing() {
    let mut task = lists();
    push(&task, 1).unwrap();
    task.commit();
    assert_eq!(push(&task, 13), Err(Error::Closed));
    assert_eq!(list(&task), Some(vec![1]));
    push(&task, 2).unwrap();
    task.commit();
    assert_eq!(list(&task), Some(vec![1, 2]));
}

#[test]
fn a_store_that_lost_an_uncommitted_value_refuses_to_be_staged() {
    let mut task = lists();
    push(&task, 1).unwrap();
    task.commit();
    push(&task, 2).unwrap();
    assert_eq!(push(&task, 13), Err(Error::Closed));
    assert!(matches!(task.try_commit(), Err(Error::Torn { .. })));
    task.discard();
    assert_eq!(list(&task), Some(vec![1]));
    task.commit();
}

#[test]
fn a_failed_update_of_an_absent_key_leaves_it_absent() {
    let mut task = lists();
    assert_eq!(push(&task, 13), Err(Error::Closed));
    assert_eq!(list(&task), None);
    assert!(task.commit().is_empty());
}

#[test]
fn deletions_carry_the_time_they_are_told() {
    let mut task = key_value(StoreOptions::new("s"));
    task.put("a", 1, 50);
    task.store().at(70).put(&"a".to_owned(), None, &Headers::new()).unwrap();
    task.store().delete(&"b".to_owned(), 80, &Headers::new()).unwrap();
    let times: Vec<i64> = task.commit().iter().map(|record| record.timestamp).collect();
    assert_eq!(times, [70, 80]);
}
