//! `[topics]`

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::FaultKind::{Contradiction, OutOfRange};
use crate::checks::Checks;

/// Topic names by role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topics {
    /// Read: the order service's events.
    pub orders: String,
    /// Read: reservations and stock changes.
    pub inventory: String,
    /// Read: the payment service's events.
    pub payments: String,
    /// Read: views, searches, carts.
    pub user_activity: String,
    /// Read, compacted: the catalogue.
    pub products: String,
    /// Written: confirmed and cancelled orders.
    pub order_updates: String,
    /// Written: stock to release, payments to refund.
    pub compensations: String,
    /// Written: notices and alerts.
    pub notifications: String,
    /// Written: refused records as they came.
    pub dead_letters: String,
    /// Written, compacted: versions of the learned models.
    pub models: String,
    /// Written and read: lists that were shown in an experiment.
    pub exposures: String,
}

pub(super) const NAME_REMEDY: &str = "use 1 to 249 letters, digits, '.', '_' and '-'";

impl Topics {
    /// All roles with their topic names, in the order of `default.toml`.
    #[must_use]
    pub fn all(&self) -> [(&'static str, &str); 11] {
        [
            ("orders", &self.orders),
            ("inventory", &self.inventory),
            ("payments", &self.payments),
            ("user_activity", &self.user_activity),
            ("products", &self.products),
            ("order_updates", &self.order_updates),
            ("compensations", &self.compensations),
            ("notifications", &self.notifications),
            ("dead_letters", &self.dead_letters),
            ("models", &self.models),
            ("exposures", &self.exposures),
        ]
    }

    pub(crate) fn check(&self, checks: &mut Checks<'_>) {
        let mut roles = BTreeMap::new();
        for (role, topic) in self.all() {
            let key = format!("topics.{role}");
            if !is_topic(topic) {
                checks.refuse(OutOfRange, &key, topic, "not a topic name", NAME_REMEDY);
            }
            if let Some(first) = roles.insert(topic, role) {
                let problem = format!("topics.{first} is the same topic");
                checks.refuse(Contradiction, &key, topic, problem, "give each role a topic of its own");
            }
        }
    }
}

/// Whether Kafka takes this as a topic name.
pub(super) fn is_topic(name: &str) -> bool {
    is_name(name, 249)
}

/// Whether the text is a name in Kafka's sense, of at most so many characters. `.` and `..` are not: they are folders.
pub(super) fn is_name(name: &str, max_len: usize) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    !name.is_empty() && name.len() <= max_len && name.chars().all(legal) && !matches!(name, "." | "..")
}

#[cfg(test)]
mod tests {
    use super::is_topic;

    #[test]
    fn topic_names_are_those_of_kafka() {
        for good in ["orders", "user-activity", "a.b_c-D9", &"x".repeat(249)] {
            assert!(is_topic(good), "{good}");
        }
        for bad in ["", ".", "..", "a b", "a/b", "ä", &"x".repeat(250)] {
            assert!(!is_topic(bad), "{bad}");
        }
    }
}
