//! Lets go of what may not come to an end.

use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use super::aside::aside;

/// Drops a value on a thread of its own, and waits for that no longer than it has patience, or not at all.
///
/// librdkafka (2.12) forgets to answer a change of assignment that reaches a consumer group which has just come to its end
/// (`rd_kafka_cgrp_op_serve`), and whoever asked waits for ever. Closing a consumer serves such changes.
#[derive(Debug)]
pub(super) struct Ending<T: Send + 'static> {
    value: Option<T>,
    patience: Option<Duration>,
}

impl<T: Send + 'static> Ending<T> {
    pub(super) fn new(value: T, patience: Duration) -> Self {
        Self { value: Some(value), patience: Some(patience) }
    }

    /// Nobody waits for the end.
    pub(super) fn unwatched(value: T) -> Self {
        Self { value: Some(value), patience: None }
    }
}

impl<T: Send + 'static> Drop for Ending<T> {
    fn drop(&mut self) {
        let value = self.value.take();
        // Where there is no thread to be had, the value has been dropped here.
        let (Ok(end), Some(patience)) = (aside("ending", move || drop(value)), self.patience) else { return };
        if end.recv_timeout(patience) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!(?patience, "a consumer does not come to its end; going on without waiting for it");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;
    use std::time::Instant;

    use super::*;

    struct Slow(Duration, mpsc::Sender<()>);

    impl Drop for Slow {
        fn drop(&mut self) {
            thread::park_timeout(self.0);
            let _ = self.1.send(());
        }
    }

    #[test]
    fn an_end_is_waited_for_but_not_for_ever_or_not_at_all() {
        let (sender, dropped) = mpsc::channel();
        drop(Ending::new(Slow(Duration::from_millis(50), sender.clone()), Duration::from_secs(60)));
        assert_eq!(dropped.try_recv(), Ok(()), "it was waited for");
        let begin = Instant::now();
        drop(Ending::new(Slow(Duration::from_secs(60), sender.clone()), Duration::from_millis(50)));
        drop(Ending::unwatched(Slow(Duration::from_secs(60), sender)));
        assert!(begin.elapsed() < Duration::from_secs(30));
        assert_eq!(dropped.try_recv(), Err(mpsc::TryRecvError::Empty));
    }
}
