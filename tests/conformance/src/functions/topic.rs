//! Functions that choose a topic.

use std::sync::Arc;

use serde_json::Value as Json;

use super::Spec;
use crate::key::CaseKey;
use crate::{CaseError, Value};

/// Names the topic a record is written to.
pub type TopicFunction<K> = Box<dyn Fn(&K, &Value) -> Arc<str> + Send + Sync>;

/// The function `json` names, and its name.
///
/// # Errors
/// When there is none of that name.
pub fn topic<K: CaseKey>(json: Option<&Json>) -> Result<(String, TopicFunction<K>), CaseError> {
    let spec = Spec::read(json)?;
    let prefix = spec.text();
    let function: TopicFunction<K> = match spec.name.as_str() {
        "topic_by_key" => Box::new(move |key: &K, _| format!("{prefix}{}", key.bare().unwrap_or("null")).into()),
        "topic_by_parity" => Box::new(move |_, value| {
            let parity = if value.number().rem_euclid(2) == 0 { "even" } else { "odd" };
            format!("{prefix}{parity}").into()
        }),
        _ => return spec.unknown("topic"),
    };
    Ok((spec.name, function))
}
