//! Predicates.

use serde_json::Value as Json;

use super::Spec;
use crate::key::CaseKey;
use crate::{CaseError, Value};

/// Says yes or no to a record.
pub type Predicate<K> = Box<dyn Fn(&K, &Value) -> bool + Send + Sync>;

/// The predicate `json` names.
///
/// # Errors
/// When there is none of that name.
pub fn predicate<K: CaseKey>(json: Option<&Json>) -> Result<Predicate<K>, CaseError> {
    let spec = Spec::read(json)?;
    let (number, text, arg) = (spec.number(), spec.text(), spec.arg.clone());
    let (modulus, rest) = (arg.element(0).number(), arg.element(1).number());
    Ok(match spec.name.as_str() {
        "always" => Box::new(|_, _| true),
        "never" => Box::new(|_, _| false),
        "value_gt" => Box::new(move |_, value| !value.is_null() && value.number() > number),
        "value_lt" => Box::new(move |_, value| !value.is_null() && value.number() < number),
        "value_eq" => Box::new(move |_, value| !value.is_null() && *value == arg),
        "value_mod" => Box::new(move |_, value| !value.is_null() && value.number().rem_euclid(modulus) == rest),
        "value_is_null" => Box::new(|_, value| value.is_null()),
        "value_contains" => Box::new(move |_, value| !value.is_null() && value.text().contains(&text)),
        "key_eq" => Box::new(move |key, _| key.bare() == Some(&text)),
        "key_prefix" => Box::new(move |key, _| key.bare().is_some_and(|key| key.starts_with(&text))),
        "key_is_null" => Box::new(|key, _| key.bare().is_none()),
        _ => return spec.unknown("predicate"),
    })
}
