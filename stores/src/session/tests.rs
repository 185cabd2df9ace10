use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use super::*;
use crate::rocks::Resources;
use crate::{ChangelogRecord, CommitMeta, StoreBuilder, StoreOptions, TaskState, i64_be, utf8};

type Sessions = Rc<RefCell<SessionStore<String, i64>>>;

const MINUTE: i64 = 60_000;

struct Fixture {
    state: TaskState,
    sessions: Sessions,
    store: Rc<RefCell<dyn StateStore>>,
}

fn fixture(dir: &std::path::Path) -> Fixture {
    let builder = SessionBuilder::new(StoreOptions::new("s"), 10 * MINUTE, utf8(), i64_be());
    let builder: Arc<dyn StoreBuilder> = Arc::new(builder);
    let state = TaskState::open(Some(dir), &[Arc::clone(&builder)], &Resources::default()).unwrap();
    let built = builder.build(&state).unwrap();
    Fixture { state, sessions: built.typed.downcast().unwrap(), store: built.store }
}

impl Fixture {
    fn put(&self, key: &str, start: i64, end: i64, value: Option<i64>) -> bool {
        let session = Windowed { key: key.to_owned(), window: Window { start, end } };
        let value = value.map(|value| ValueAndTimestamp::new(value, end));
        self.sessions.borrow_mut().put(&session, value, &Headers::new()).unwrap()
    }

    fn found(&self, key: &str, earliest_end: i64, latest_start: i64) -> Vec<(i64, i64, i64)> {
        let found = self.sessions.borrow_mut().find_sessions(&key.to_owned(), earliest_end, latest_start).unwrap();
        found.into_iter().map(|(session, row)| (session.window.start, session.window.end, row.value)).collect()
    }

    /// Commits; answers what goes into the changelog.
    fn commit(&mut self) -> Vec<ChangelogRecord> {
        let staged = self.state.stage(&[Rc::clone(&self.store)]).unwrap();
        let changelog = staged.changelog.clone();
        let next = self.state.changelog_offset("s").unwrap_or(0) + changelog.len() as i64;
        let meta = CommitMeta { changelog_offsets: vec![("s".to_owned(), next)], ..CommitMeta::default() };
        self.state.apply(staged, meta, &[Rc::clone(&self.store)]).unwrap();
        changelog
    }

    fn changelog_start(&self) -> i64 {
        self.state.reader().snapshot(|snapshot| snapshot.changelog_start("s")).unwrap().unwrap().unwrap()
    }
}

#[test]
fn finds_what_a_record_would_touch_before_and_after_a_commit() {
    let dir = tempfile::tempdir().unwrap();
    let mut fixture = fixture(dir.path());
    fixture.put("a", 5, 15, Some(1));
    fixture.put("a", 40, 60, Some(2));
    // Starts before the others and ends last: the order is by end.
    fixture.put("a", 0, 5 * MINUTE, Some(3));
    fixture.put("ab", 5, 15, Some(9));
    for _ in 0..2 {
        assert_eq!(fixture.found("a", 10, 20), [(5, 15, 1), (0, 5 * MINUTE, 3)]);
        assert_eq!(fixture.found("a", 16, 40), [(40, 60, 2), (0, 5 * MINUTE, 3)]);
        assert_eq!(fixture.found("a", 5 * MINUTE + 1, i64::MAX), []);
        fixture.commit();
    }
    fixture.put("a", 40, 60, None);
    assert_eq!(fixture.found("a", 16, 40), [(0, 5 * MINUTE, 3)]);
    let mut sessions = fixture.sessions.borrow_mut();
    assert_eq!(sessions.fetch_session(&"a".to_owned(), 5, 15).unwrap().unwrap().value, 1);
    assert!(sessions.fetch_session(&"a".to_owned(), 5, 16).unwrap().is_none());
}

#[test]
fn the_changelog_has_kafkas_keys() {
    let dir = tempfile::tempdir().unwrap();
    let mut fixture = fixture(dir.path());
    fixture.put("a", 5, 15, Some(1));
    assert_eq!(&fixture.commit()[0].key[..], b"a\0\0\0\0\0\0\0\x0f\0\0\0\0\0\0\0\x05");
}

#[test]
fn sessions_expire_by_their_end_and_their_changelog_is_not_needed() {
    let dir = tempfile::tempdir().unwrap();
    let mut fixture = fixture(dir.path());
    fixture.put("a", 0, 1, Some(1));
    fixture.put("a", 0, 11 * MINUTE, Some(2));
    assert_eq!(fixture.found("a", 0, 0), [(0, 11 * MINUTE, 2)], "the first ended too long ago");
    assert!(!fixture.put("a", 2, 3, Some(4)), "and one like it is refused");
    assert_eq!(fixture.commit().len(), 2);
    assert_eq!(fixture.changelog_start(), 0);
    fixture.put("b", 30 * MINUTE, 30 * MINUTE, Some(5));
    assert_eq!(fixture.commit().len(), 1);
    assert_eq!(fixture.found("a", 0, i64::MAX), []);
    assert_eq!(fixture.changelog_start(), 2);
}
