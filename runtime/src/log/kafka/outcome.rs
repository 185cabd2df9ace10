//! What became of a transaction that was not committed.

use std::time::Duration;

use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

use super::deliveries::NotDelivered;
use super::failure;
use super::producer::Producer;

/// How long an abort is tried. Whatever it does not reach, the next producer of the same id does.
pub(super) const ABORT_PATIENCE: Duration = Duration::from_secs(2);

/// The three ways a transaction fails.
pub(super) enum Failure {
    /// Somebody newer is there.
    Fenced,
    /// Nothing was written.
    Aborted(String),
    /// Everything was written, or nothing.
    InDoubt(String),
}

impl Failure {
    /// Trouble before the commit was sent: nothing of the transaction can become visible.
    pub(super) fn before_commit(producer: Option<&Producer>, error: &KafkaError) -> Self {
        Self::given_up(producer, failure::code(error), error.to_string())
    }

    /// Records did not arrive; the commit was not sent.
    pub(super) fn not_delivered(producer: Option<&Producer>, error: NotDelivered) -> Self {
        match error {
            NotDelivered::Late => {
                Self::given_up(producer, None, "the brokers did not take the records in time".to_owned())
            }
            NotDelivered::Refused(code) => {
                Self::given_up(producer, Some(code), format!("a record was not taken: {code}"))
            }
        }
    }

    /// Trouble with the commit itself: only an abort that went through proves that nothing was written.
    pub(super) fn at_commit(producer: &Producer, error: &KafkaError) -> Self {
        let KafkaError::Transaction(trouble) = error else { return Self::InDoubt(error.to_string()) };
        if failure::is_fenced(trouble.code()) {
            return Self::Fenced;
        }
        let aborts = trouble.txn_requires_abort() && !trouble.is_fatal();
        if aborts && producer.abort(ABORT_PATIENCE).is_ok() {
            return Self::Aborted(trouble.string());
        }
        Self::InDoubt(trouble.string())
    }

    fn given_up(producer: Option<&Producer>, code: Option<Code>, detail: String) -> Self {
        let fatal = producer.and_then(Producer::fatal_error);
        let codes = [code, fatal.as_ref().map(|(code, _)| *code)];
        if codes.into_iter().flatten().any(failure::is_fenced) {
            return Self::Fenced;
        }
        Self::Aborted(fatal.map_or(detail, |(_, reason)| reason))
    }
}
