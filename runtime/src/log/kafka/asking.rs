//! Clients that only ask questions, and are made anew when nobody answers them.
//!
//! librdkafka (2.12) does not always find its brokers again that were all away at once. One whose only broker restarted a dozen times
//! got no answer to anything from then on, and no error but that time was out; one made anew got it at once. Such a client has
//! nothing to lose.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::error::KafkaError;

use super::context::Context;
use super::ending::Ending;

/// Least age of a client that is made anew: in an outage no client gets an answer.
const LEAST_AGE: Duration = Duration::from_secs(10);

/// A client, as long as it gets answers.
pub(super) struct Asking<C> {
    config: ClientConfig,
    newest: Mutex<Newest<C>>,
}

struct Newest<C> {
    client: Arc<C>,
    made: Instant,
}

impl<C: FromClientConfigAndContext<Context>> Newest<C> {
    fn make(config: &ClientConfig) -> Result<Self, KafkaError> {
        let client = Arc::new(config.create_with_context(Context::default())?);
        Ok(Self { client, made: Instant::now() })
    }
}

impl<C: FromClientConfigAndContext<Context> + Send + Sync + 'static> Asking<C> {
    pub(super) fn new(config: ClientConfig) -> Result<Self, KafkaError> {
        let newest = Mutex::new(Newest::make(&config)?);
        Ok(Self { config, newest })
    }

    pub(super) fn client(&self) -> Arc<C> {
        Arc::clone(&self.newest().client)
    }

    /// Replaces a client that got no answer, unless it was made just now; answers whether it did.
    pub(super) fn renew(&self) -> bool {
        let mut newest = self.newest();
        if newest.made.elapsed() < LEAST_AGE {
            return false;
        }
        match Newest::make(&self.config) {
            Ok(made) => {
                drop(Ending::unwatched(std::mem::replace(&mut *newest, made).client));
                true
            }
            Err(error) => {
                tracing::debug!(%error, "a client that asks anew");
                false
            }
        }
    }

    fn newest(&self) -> MutexGuard<'_, Newest<C>> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use rdkafka::consumer::BaseConsumer;

    use super::*;

    #[test]
    fn a_client_that_got_no_answer_is_replaced_once_in_a_while() {
        let asking: Asking<BaseConsumer<Context>> = Asking::new(ClientConfig::new()).unwrap();
        let first = asking.client();
        assert!(!asking.renew() && Arc::ptr_eq(&first, &asking.client()), "it has had no time to get one");
        asking.newest().made = Instant::now().checked_sub(LEAST_AGE).unwrap();
        assert!(asking.renew() && !Arc::ptr_eq(&first, &asking.client()));
        assert!(!asking.renew());
    }
}
