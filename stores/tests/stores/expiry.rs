//! What is too old is not read, not written, and leaves disk and changelog.

use tillstream_stores::{Backend, ChangelogMode, Headers, StoreOptions, WindowOptions};

use crate::task::{Task, Windows, value, windows};

fn store(backend: Backend, retention_ms: i64) -> Task<Windows> {
    let kept = WindowOptions { retention_ms, window_size_ms: 10, retain_duplicates: false };
    windows(StoreOptions { backend, ..StoreOptions::new("s") }, kept)
}

/// The calls and results of Kafka Streams 4.3 for a retention of 100 ms.
#[test]
fn retention_is_exact_to_the_millisecond() {
    for backend in [Backend::Rocks, Backend::Memory] {
        let mut task = store(backend, 100);
        assert!(task.put("a", 0, 1));
        assert!(task.put("a", 100, 2));
        task.commit();
        assert_eq!(task.fetch("a", 0), None);
        assert!(task.put("a", 200, 3));
        assert_eq!(task.range("a", 0, 1000), [(200, 3)]);
        assert!(task.put("a", 101, 4));
        assert!(!task.put("a", 100, 5));
        task.commit();
        assert_eq!(task.all(), [("a".into(), 101, 4), ("a".into(), 200, 3)]);
        assert_eq!(task.fetch("a", 101), Some(4));
        assert!(task.put("b", 300_000, 6));
        task.commit();
        assert_eq!(task.all(), [("b".into(), 300_000, 6)]);
        assert!(!task.put("b", 299_900, 7));
        assert!(!task.put("b", 200_000, 8));
        assert_eq!(task.range("b", 0, 400_000), [(300_000, 6)]);
        assert_eq!(task.stores[0].borrow().stats().expired, 3);
    }
}

#[test]
fn expired_segments_leave_disk_and_changelog() {
    for backend in [Backend::Rocks, Backend::Memory] {
        let mut task = store(backend, 120_000);
        for start in 0..100 {
            task.put(&format!("k{}", start % 9), start * 10_000, start);
            if start % 10 == 9 {
                task.commit();
            }
        }
        task.commit();
        // Observed 990,000: live from 870,001, in segment 14 of 60 s.
        assert_eq!(task.all().first().map(|row| row.1), Some(880_000));
        assert_eq!(task.changelog_start(), 80, "where the commit of the segment's first row began");
        assert!(task.log.iter().all(|record| record.value.is_some()), "tombstones are not needed");
        assert!(task.stores[0].borrow().stats().keys <= 9);
        task.reopen();
        assert_eq!(task.all().first().map(|row| row.1), Some(880_000));
        assert!(!task.put("k1", 870_000, 1), "lateness is judged the same after a restart");
    }
}

/// In no order of their times, with commits that fail and crashes between.
#[test]
fn live_rows_are_restored_from_what_is_left_of_the_changelog() {
    for backend in [Backend::Rocks, Backend::Memory] {
        let mut task = store(backend, 120_000);
        let mut given_up = 0;
        for number in 0..400 {
            // Back and forth by up to a minute and a half.
            let start = number * 5_000 + number * 7_919 % 90_000;
            assert!(task.put(&format!("k{}", number % 7), start, number));
            match number % 40 {
                9 => task.discard(),
                19 => task.crash_before_apply(),
                29 => task.reopen(),
                rest if rest % 5 == 0 => _ = task.commit(),
                _ => {}
            }
            given_up = given_up.max(task.changelog_start());
        }
        task.commit();
        assert!(given_up > 150, "{given_up} of {}", task.log.len());
        let mut fresh = store(backend, 120_000);
        fresh.log = task.log.clone();
        fresh.restore_from(usize::try_from(given_up).unwrap());
        assert_eq!(fresh.all(), task.all());
    }
}

#[test]
fn nothing_of_the_changelog_is_needed_once_all_is_expired() {
    let mut task = store(Backend::Rocks, 60_000);
    (0..12_000).for_each(|number| _ = task.put(&format!("k{number}"), number % 60, number));
    task.commit();
    assert_eq!(task.changelog_start(), 0);
    task.store().expire_before(1_000_000);
    task.commit();
    assert_eq!((task.all().len(), task.changelog_start()), (0, 12_000));
    task.put("next", 1_000_000, 1);
    task.commit();
    assert_eq!(task.changelog_start(), 12_000);
    task.reopen();
    assert_eq!((task.all(), task.changelog_start()), (vec![("next".into(), 1_000_000, 1)], 12_000));
}

/// Of a changelog that does not say who is slow, nor that a store is one to which the time is handed in.
#[test]
fn a_copy_shows_and_removes_what_its_owner_does_by_the_time_it_is_told() {
    for backend in [Backend::Rocks, Backend::Memory] {
        let (mut owner, mut copy) = (store(backend, 60_000), store(backend, 60_000));
        owner.store().advance(0);
        for minute in 0..10 {
            (0..10).for_each(|number| _ = owner.put(&format!("k{number}"), minute * 60_000, number));
            owner.commit();
            copy.catch_up_with(&owner);
            assert_eq!((copy.all().len(), copy.changelog_start()), (owner.all().len(), 0), "nothing is expired yet");
        }
        owner.store().advance(500_000);
        owner.commit();
        copy.catch_up_with(&owner);
        assert_eq!((copy.all(), copy.changelog_start()), (owner.all(), 70), "live from 440,001");
        copy.reopen();
        copy.catch_up_with(&owner);
        assert_eq!(copy.all(), owner.all());
    }
}

#[test]
fn a_copy_of_a_store_whose_puts_tell_the_time_knows_it_better_than_its_rows_do() {
    let (mut owner, mut copy) = (store(Backend::Rocks, 60_000), store(Backend::Rocks, 60_000));
    owner.put("a", 1_000, 1);
    // The highest start, and no row.
    owner.store().put(&"b".to_owned(), 90_000, None, &Headers::new()).unwrap();
    owner.commit();
    copy.catch_up_with(&owner);
    assert_eq!((owner.all(), copy.all()), (vec![], vec![]));
    assert!(!copy.put("a", 30_000, 2), "lateness is judged the same");
}

#[test]
fn a_time_that_is_handed_in_replaces_that_of_the_puts() {
    let mut task = store(Backend::Rocks, 100_000);
    task.store().advance(50_000);
    assert!(task.put("fast", 900_000, 1));
    assert!(task.put("slow", 1_000, 2), "the slowest sender has not passed it");
    task.commit();
    task.reopen();
    assert!(task.put("slow", 2_000, 3));
    task.store().advance(105_000);
    assert!(!task.put("slow", 5_000, 4));
    assert!(task.put("slow", 5_001, 5));
    task.store().expire_before(800_000);
    task.commit();
    assert_eq!(task.all(), [("fast".into(), 900_000, 1)]);
}

#[test]
fn nothing_expires_by_the_guess_of_a_restore() {
    let mut task = store(Backend::Memory, 100_000);
    task.store().advance(0);
    task.put("slow", 1_000, 1);
    task.put("fast", 900_000, 2);
    task.commit();
    // All that is left is the changelog: it does not say who is slow.
    task.reopen();
    assert!(task.commit().is_empty());
    task.store().advance(2_000);
    assert_eq!(task.fetch("slow", 1_000), Some(1));
}

#[test]
fn refused_writes_are_logged_where_every_put_is() {
    let kept = WindowOptions { retention_ms: 100, window_size_ms: 10, retain_duplicates: false };
    let mode = ChangelogMode::EveryPut;
    let mut task = windows(StoreOptions { changelog_mode: mode, ..StoreOptions::new("s") }, kept);
    task.put("a", 200, 1);
    assert!(!task.store().put(&"a".to_owned(), 100, value(2, 6), &Headers::new()).unwrap());
    assert_eq!(task.commit().len(), 2);
    assert_eq!(task.all(), [("a".into(), 200, 1)]);
}
