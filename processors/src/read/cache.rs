//! Answers kept while the state they were made from stands.

use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustc_hash::FxHashMap;
use tillstream_runtime::StoreQuery;

/// Answers kept at most. There are a handful of rankings; the bound is against whoever asks for all windows there are.
const KEPT: usize = 64;

/// How far the state is: changes with every commit that processed something.
pub(crate) type Stamp = u64;

/// The stamp of all tasks of this process.
pub(crate) fn stamp(query: &StoreQuery) -> Stamp {
    query.tasks().iter().map(|task| task.processed).fold(0, u64::wrapping_add)
}

/// Answers by question, each valid for one stamp.
///
/// When the state has moved on, one asker makes the new answer; those who ask meanwhile get the one before. So a thousand
/// askers cost one answer a commit, and none of them waits but the first.
///
/// std's lock: it is held for a look-up, never while an answer is made.
#[derive(Debug)]
pub(crate) struct Cache<Q, A>(Mutex<FxHashMap<Q, Kept<A>>>);

#[derive(Debug)]
struct Kept<A> {
    stamp: Stamp,
    answer: Arc<A>,
    /// Somebody makes a newer one.
    renewing: bool,
}

impl<Q, A> Default for Cache<Q, A> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<Q: Eq + Hash + Clone, A> Cache<Q, A> {
    /// The answer to `question` as of `stamp`, made now unless it is at hand or being made.
    pub(crate) fn get<E>(&self, question: Q, stamp: Stamp, make: impl FnOnce() -> Result<A, E>) -> Result<Arc<A>, E> {
        if let Some(kept) = self.lock().get_mut(&question) {
            if kept.stamp == stamp || kept.renewing {
                return Ok(Arc::clone(&kept.answer));
            }
            kept.renewing = true;
        }
        let renewal = Renewal { cache: self, question: &question };
        let answer = Arc::new(make()?);
        drop(renewal);
        let mut answers = self.lock();
        if answers.len() >= KEPT && !answers.contains_key(&question) {
            answers.clear();
        }
        answers.insert(question, Kept { stamp, answer: Arc::clone(&answer), renewing: false });
        Ok(answer)
    }

    fn lock(&self) -> MutexGuard<'_, FxHashMap<Q, Kept<A>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends a renewal however it ends, so that the next asker tries again.
struct Renewal<'a, Q: Eq + Hash + Clone, A> {
    cache: &'a Cache<Q, A>,
    question: &'a Q,
}

impl<Q: Eq + Hash + Clone, A> Drop for Renewal<'_, Q, A> {
    fn drop(&mut self) {
        if let Some(kept) = self.cache.lock().get_mut(self.question) {
            kept.renewing = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(cache: &Cache<&str, u32>, stamp: Stamp, answer: Result<u32, &'static str>) -> Result<u32, &'static str> {
        cache.get("question", stamp, || answer).map(|answer| *answer)
    }

    #[test]
    fn an_answer_is_made_once_for_a_stamp() {
        let cache = Cache::default();
        assert_eq!([ask(&cache, 1, Ok(10)), ask(&cache, 1, Ok(11)), ask(&cache, 2, Ok(12))], [Ok(10), Ok(10), Ok(12)]);
        assert_eq!(ask(&cache, 3, Err("failed")), Err("failed"));
        assert_eq!(ask(&cache, 3, Ok(13)), Ok(13), "a failure does not stand in the way of the next asker");
    }

    #[test]
    fn who_asks_while_an_answer_is_renewed_gets_the_one_before() {
        let cache = Cache::default();
        assert_eq!(ask(&cache, 1, Ok(10)), Ok(10));
        let renewed = cache.get("question", 2, || {
            assert_eq!(ask(&cache, 2, Ok(99)), Ok(10));
            Ok::<_, &str>(11)
        });
        assert_eq!(renewed.map(|answer| *answer), Ok(11));
        assert_eq!(ask(&cache, 2, Ok(99)), Ok(11));
    }
}
