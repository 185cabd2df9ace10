//! The bounded pool for reads that touch the disk: scans, the log, commits.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::problem::{Kind, Problem};

/// How long a request waits for a place before it is told to come back.
const QUEUE_TIME: Duration = Duration::from_secs(2);

/// Runs blocking work off the asynchronous threads, a bounded number at a time.
#[derive(Clone, Debug)]
pub(crate) struct BlockingPool {
    places: Arc<Semaphore>,
}

impl BlockingPool {
    pub(crate) fn new(places: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(places.max(1))) }
    }

    /// Runs `work` as soon as there is a place.
    pub(crate) async fn run<T, F>(&self, work: F) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, Problem> + Send + 'static,
    {
        let busy = || Problem::new(Kind::Overloaded, "too many scans at the same time; try again").retry_after(1);
        let waiting = tokio::time::timeout(QUEUE_TIME, Arc::clone(&self.places).acquire_owned());
        let place = waiting.await.map_err(|_| busy())?.map_err(|_| busy())?;
        let work = move || {
            // Given back when the work ends, even if the request was given up meanwhile: the thread is busy till then.
            let _place = place;
            work()
        };
        tokio::task::spawn_blocking(work).await.map_err(|error| Problem::internal(&error))?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn no_more_run_at_once_than_there_are_places() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        let pool = BlockingPool::new(2);
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let tasks: Vec<_> = (0..16)
            .map(|_| {
                let (pool, running, most) = (pool.clone(), Arc::clone(&running), Arc::clone(&most));
                tokio::spawn(async move {
                    let work = move || {
                        most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        std::thread::park_timeout(Duration::from_millis(2));
                        running.fetch_sub(1, Ordering::SeqCst);
                        Ok(())
                    };
                    pool.run(work).await.is_ok()
                })
            })
            .collect();
        for task in tasks {
            assert!(task.await.unwrap());
        }
        assert_eq!(most.load(Ordering::SeqCst), 2);
    }
}
