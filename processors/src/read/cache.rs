//! Answers kept while the state they were made from stands.

use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

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
/// std's lock: it is held for a look-up, never while an answer is made.
#[derive(Debug)]
pub(crate) struct Cache<Q, A>(Mutex<FxHashMap<Q, (Stamp, Arc<A>)>>);

impl<Q, A> Default for Cache<Q, A> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<Q: Eq + Hash, A> Cache<Q, A> {
    /// The answer to `question` as of `stamp`, made now unless it is at hand.
    pub(crate) fn get<E>(&self, question: Q, stamp: Stamp, make: impl FnOnce() -> Result<A, E>) -> Result<Arc<A>, E> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, answer)) = lock().get(&question)
            && *known == stamp
        {
            return Ok(Arc::clone(answer));
        }
        let answer = Arc::new(make()?);
        let mut answers = lock();
        if answers.len() >= KEPT && !answers.contains_key(&question) {
            answers.clear();
        }
        answers.insert(question, (stamp, Arc::clone(&answer)));
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_made_once_for_a_stamp() {
        let cache: Cache<&str, u32> = Cache::default();
        let ask = |stamp, answer| cache.get("question", stamp, || Ok::<_, ()>(answer)).map(|answer| *answer);
        assert_eq!([ask(1, 10), ask(1, 11), ask(2, 12), ask(2, 13)], [Ok(10), Ok(10), Ok(12), Ok(12)]);
        assert_eq!(cache.get("other", 2, || Err("failed")), Err("failed"));
    }
}
