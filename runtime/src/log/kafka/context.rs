//! What a client that only reads or asks says on its own account.

use std::sync::{Arc, Mutex, PoisonError};

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel as Level;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

/// Hands the client's own words to the log of the process and keeps the last complaint, for errors that only know that
/// nobody answered.
#[derive(Clone, Debug, Default)]
pub(super) struct Context {
    complaint: Arc<Mutex<Option<String>>>,
}

impl Context {
    /// What the client complained about last, once.
    pub(super) fn take_complaint(&self) -> Option<String> {
        self.complaint.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl ClientContext for Context {
    fn log(&self, level: Level, facility: &str, message: &str) {
        super::words::log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        // The end of a partition is no error, and comes with the records as well.
        if error.rdkafka_error_code() == Some(Code::PartitionEOF) {
            return;
        }
        tracing::debug!(target: "librdkafka", %error, reason);
        *self.complaint.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason.to_owned());
    }
}

impl ConsumerContext for Context {}
