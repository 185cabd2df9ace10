//! Answers kept while the state they were made from stands, and a moment longer where they are dear.

use std::hash::Hash;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;
use tillstream_runtime::StoreQuery;

/// Answers kept at most. There are a handful of rankings; the bound is against whoever asks for all windows there are.
const KEPT: usize = 64;

/// What takes less than this to make is made anew whenever the state has moved on.
const CHEAP: Duration = Duration::from_millis(1);

/// So many times as long as it took to make, an answer may be given out after the state has moved on: making answers to one
/// question then takes a tenth of a core at most, however often the state is committed.
const RESTS: u32 = 10;

/// Longest time an answer is given out after the state has moved on.
const AGE_MAX: Duration = Duration::from_millis(250);

/// How far the state is: changes with every commit that processed something.
pub(crate) type Stamp = u64;

/// The stamp of all tasks of this process.
pub(crate) fn stamp(query: &StoreQuery) -> Stamp {
    query.tasks().iter().map(|task| task.processed).fold(0, u64::wrapping_add)
}

/// Answers by question, each made by one asker at a time.
///
/// Who asks while a newer answer is made gets the one before, and waits only when there is none. Whatever is kept must
/// therefore tell itself as of when it is.
///
/// std's lock: it is held for a look-up, never while an answer is made.
#[derive(Debug)]
pub(crate) struct Cache<Q, A> {
    answers: Mutex<FxHashMap<Q, Kept<A>>>,
    made: Condvar,
}

#[derive(Debug)]
struct Kept<A> {
    last: Option<Last<A>>,
    /// Somebody makes the first answer, or a newer one.
    in_making: bool,
}

#[derive(Debug)]
struct Last<A> {
    answer: Arc<A>,
    stamp: Stamp,
    at: Instant,
    rests: Duration,
}

impl<A> Last<A> {
    fn stands(&self, stamp: Stamp) -> bool {
        self.stamp == stamp || self.at.elapsed() < self.rests
    }
}

impl<Q, A> Default for Cache<Q, A> {
    fn default() -> Self {
        Self { answers: Mutex::default(), made: Condvar::new() }
    }
}

impl<Q: Eq + Hash + Clone, A> Cache<Q, A> {
    /// The answer to `question` as of `stamp` or shortly before, made now unless it is at hand or being made.
    pub(crate) fn get<E>(&self, question: &Q, stamp: Stamp, make: impl FnOnce() -> Result<A, E>) -> Result<Arc<A>, E> {
        if let Some(answer) = self.at_hand(question, stamp) {
            return Ok(answer);
        }
        let making = Making { cache: self, question };
        let begin = Instant::now();
        let answer = Arc::new(make()?);
        let took = begin.elapsed();
        let rests = if took < CHEAP { Duration::ZERO } else { (took * RESTS).min(AGE_MAX) };
        let last = Last { answer: Arc::clone(&answer), stamp, at: Instant::now(), rests };
        self.lock().insert(question.clone(), Kept { last: Some(last), in_making: true });
        drop(making);
        Ok(answer)
    }

    /// A known answer that will do; `None` tells the asker to make one, and others that it does.
    fn at_hand(&self, question: &Q, stamp: Stamp) -> Option<Arc<A>> {
        let mut answers = self.lock();
        loop {
            match answers.get_mut(question) {
                Some(Kept { last: Some(last), in_making }) if *in_making || last.stands(stamp) => {
                    return Some(Arc::clone(&last.answer));
                }
                Some(Kept { last: None, in_making: true }) => {
                    answers = self.made.wait(answers).unwrap_or_else(PoisonError::into_inner);
                }
                Some(kept) => {
                    kept.in_making = true;
                    return None;
                }
                None => {
                    make_room(&mut answers);
                    answers.insert(question.clone(), Kept { last: None, in_making: true });
                    return None;
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, FxHashMap<Q, Kept<A>>> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets the oldest answer when there are too many.
fn make_room<Q: Eq + Hash + Clone, A>(answers: &mut FxHashMap<Q, Kept<A>>) {
    if answers.len() < KEPT {
        return;
    }
    let done = answers.iter().filter(|(_, kept)| !kept.in_making);
    let oldest =
        done.min_by_key(|(_, kept)| kept.last.as_ref().map(|last| last.at)).map(|(question, _)| question.clone());
    oldest.map(|question| answers.remove(&question));
}

/// Ends the making of an answer however it ends, so that the next asker tries again.
struct Making<'a, Q: Eq + Hash + Clone, A> {
    cache: &'a Cache<Q, A>,
    question: &'a Q,
}

impl<Q: Eq + Hash + Clone, A> Drop for Making<'_, Q, A> {
    fn drop(&mut self) {
        let mut answers = self.cache.lock();
        match answers.get_mut(self.question) {
            Some(kept) if kept.last.is_some() => kept.in_making = false,
            _ => drop(answers.remove(self.question)),
        }
        self.cache.made.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(cache: &Cache<&str, u32>, stamp: Stamp, answer: Result<u32, &'static str>) -> Result<u32, &'static str> {
        cache.get(&"question", stamp, || answer).map(|answer| *answer)
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
        let renewed = cache.get(&"question", 2, || {
            assert_eq!(ask(&cache, 2, Ok(99)), Ok(10));
            Ok::<_, &str>(11)
        });
        assert_eq!(renewed.map(|answer| *answer), Ok(11));
        assert_eq!(ask(&cache, 2, Ok(99)), Ok(11));
    }

    #[test]
    fn the_first_answer_is_made_once_and_waited_for() {
        let cache = Arc::new(Cache::default());
        let askers: Vec<_> = (0..8)
            .map(|_| {
                let cache = Arc::clone(&cache);
                let slowly = || {
                    std::thread::park_timeout(Duration::from_millis(20));
                    Ok::<_, &str>(Instant::now())
                };
                std::thread::spawn(move || cache.get(&"question", 1, slowly).map(|made| *made))
            })
            .collect();
        let mut made: Vec<_> = askers.into_iter().map(|asker| asker.join().unwrap()).collect();
        made.dedup();
        assert_eq!(made.len(), 1, "all have the same answer");
    }

    #[test]
    fn what_was_dear_rests_for_a_moment() {
        let cache = Cache::default();
        let dear = cache.get(&"question", 1, || {
            std::thread::park_timeout(AGE_MAX / RESTS);
            Ok::<_, &str>(10)
        });
        assert_eq!(dear.map(|answer| *answer), Ok(10));
        assert_eq!(ask(&cache, 2, Ok(11)), Ok(10));
        std::thread::park_timeout(AGE_MAX);
        assert_eq!(ask(&cache, 2, Ok(11)), Ok(11));
    }

    #[test]
    fn the_oldest_of_too_many_is_forgotten() {
        let cache = Cache::default();
        for question in 0..=KEPT {
            assert_eq!(cache.get(&question, 1, || Ok::<_, &str>(question)).map(|answer| *answer), Ok(question));
        }
        assert_eq!(cache.lock().len(), KEPT);
        assert!(!cache.lock().contains_key(&0) && cache.lock().contains_key(&KEPT));
    }
}
