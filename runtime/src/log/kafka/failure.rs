//! What librdkafka's errors mean to the engine.

use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

use super::options::KafkaOptions;
use crate::log::LogError;

/// The error of a call that was to do `action`. Cut connections and timeouts are [`LogError::Unreachable`]; the rest is
/// the brokers' own no.
pub(super) fn of_call(options: &KafkaOptions, action: &str, error: &KafkaError) -> LogError {
    match error {
        KafkaError::ClientConfig(..) | KafkaError::ClientCreation(_) => bad_setting(error),
        _ => match code(error) {
            Some(code) => of_code(options, action, code),
            None => refused(action, error.to_string()),
        },
    }
}

/// The error of an answer to a call that was to do `action`.
pub(super) fn of_code(options: &KafkaOptions, action: &str, code: Code) -> LogError {
    if is_silence(code) {
        return LogError::Unreachable {
            servers: options.bootstrap_servers.clone(),
            detail: format!("could not {action}: {code}"),
        };
    }
    refused(action, code.to_string())
}

pub(super) fn refused(action: &str, detail: impl Into<String>) -> LogError {
    LogError::Refused { action: action.to_owned(), detail: detail.into() }
}

/// The error of a client that could not be made.
pub(super) fn bad_setting(error: &KafkaError) -> LogError {
    match error {
        KafkaError::ClientConfig(_, problem, key, _) => {
            LogError::BadSetting { setting: format!("kafka.client.{key}"), problem: format!("was refused: {problem}") }
        }
        other => LogError::BadSetting { setting: "kafka.client".to_owned(), problem: other.to_string() },
    }
}

/// Whether nobody answered, or one who cannot at the moment: the same call may succeed later. Brokers' errors are those which Kafka
/// itself counts as retriable (`org.apache.kafka.common.errors.RetriableException`), as far as a call here can meet them.
pub(super) fn is_silence(code: Code) -> bool {
    matches!(
        code,
        Code::BrokerTransportFailure
            | Code::AllBrokersDown
            | Code::DestroyBroker
            | Code::OperationTimedOut
            | Code::TimedOutQueue
            | Code::MessageTimedOut
            | Code::RequestTimedOut
            | Code::Resolve
            | Code::WaitingForCoordinator
            | Code::CoordinatorLoadInProgress
            | Code::CoordinatorNotAvailable
            | Code::NotCoordinator
            | Code::LeaderNotAvailable
            | Code::NotLeaderForPartition
            | Code::BrokerNotAvailable
            | Code::NetworkException
            | Code::ConcurrentTransactions
            | Code::NotController
            | Code::FencedLeaderEpoch
            | Code::UnknownLeaderEpoch
            | Code::UnstableOffsetCommit
            | Code::OffsetNotAvailable
            | Code::ReplicaNotAvailable
            | Code::NotEnoughReplicas
            | Code::NotEnoughReplicasAfterAppend
            | Code::PreferredLeaderNotAvailable
            | Code::EligibleLeadersNotAvailable
            | Code::ListenerNotFound
            | Code::KafkaStorageError
            | Code::ThrottlingQuotaExceeded
    )
}

/// Whether a newer client has taken the name or the place of this one.
pub(super) fn is_fenced(code: Code) -> bool {
    matches!(
        code,
        Code::Fenced
            | Code::ProducerFenced
            | Code::InvalidProducerEpoch
            | Code::FencedInstanceId
            | Code::UnknownMemberId
            | Code::UnreleasedInstanceId
    )
}

/// The code inside an error.
pub(super) fn code(error: &KafkaError) -> Option<Code> {
    match error {
        KafkaError::AdminOp(code) => Some(*code),
        other => other.rdkafka_error_code(),
    }
}
