//! What a window store knows without asking the table.

use tillstream_stores::{StateStore, StoreOptions, WindowOptions};

use crate::task::{Task, Windows, windows};

/// Four segments of a minute; no more in memory than a commit leaves there.
fn join_store(cache_bytes: usize) -> Task<Windows> {
    let kept = WindowOptions { retention_ms: 240_000, window_size_ms: 10, retain_duplicates: true };
    windows(StoreOptions { cache_bytes, ..StoreOptions::new("s") }, kept)
}

fn table_reads(task: &Task<Windows>) -> u64 {
    task.store().stats().table_reads
}

#[test]
fn a_key_that_was_never_seen_costs_no_read() {
    let mut task = join_store(1 << 20);
    for round in 0..20 {
        for number in 0..50 {
            let (key, at) = (format!("{round}-{number}"), round * 10_000 + number);
            assert_eq!(task.range(&key, at - 60_000, at + 60_000), []);
            task.put(&key, at, number);
            assert_eq!(task.range(&key, at - 60_000, at + 60_000), [(at, number)]);
        }
        task.commit();
    }
    assert_eq!(table_reads(&task), 0);
    // Most keys are evicted now, and the fingerprints of the oldest segment as well.
    task.store().limit_cache(64 << 10);
    for (round, number) in (0..20).flat_map(|round| (0..50).map(move |number| (round, number))) {
        assert_eq!(task.range(&format!("{round}-{number}"), 0, 200_000), [(round * 10_000 + number, number)]);
    }
    assert!(table_reads(&task) > 500);
}

#[test]
fn rows_from_before_a_restart_are_found_and_new_keys_cost_reads_only_among_them() {
    let mut task = join_store(1 << 20);
    task.put("a", 10_000, 1);
    task.put("b", 70_000, 2);
    task.commit();
    task.reopen();
    assert_eq!(task.range("a", 0, 200_000), [(10_000, 1)]);
    assert_eq!(task.range("b", 0, 200_000), [(70_000, 2)]);
    let reads = table_reads(&task);
    task.put("d", 121_000, 4);
    task.commit();
    assert_eq!(task.range("c", 120_000, 200_000), []);
    assert_eq!(table_reads(&task), reads, "its segment was begun after the restart");
    assert_eq!(task.range("c", 0, 200_000), []);
    assert!(table_reads(&task) > reads);
}

#[test]
fn rows_of_a_restored_store_are_found() {
    let mut task = join_store(1 << 20);
    task.put("a", 10_000, 1);
    task.put("b", 70_000, 2);
    task.commit();
    task.drop_all();
    std::fs::remove_dir_all(task.path()).unwrap();
    task.try_reopen().unwrap();
    task.restore_from(0);
    assert_eq!(task.range("a", 0, 200_000), [(10_000, 1)]);
    assert_eq!(task.range("b", 0, 200_000), [(70_000, 2)]);
}
