//! Functions that give any number of records.

use serde_json::Value as Json;

use super::{Spec, words};
use crate::key::{CaseKey, Key};
use crate::{CaseError, Value};

/// Makes values, the key stays.
pub type FlatValues = Box<dyn Fn(Value) -> Vec<Value> + Send + Sync>;

/// Makes records with bare keys.
pub type Flat<K> = Box<dyn Fn(K, Value) -> Vec<(Key, Value)> + Send + Sync>;

/// Whether the function `json` names makes new keys.
///
/// # Errors
/// When `json` names no function.
pub fn changes_keys(json: Option<&Json>) -> Result<bool, CaseError> {
    Ok(["words_to_ones", "words_as_keys", "key_suffixes"].contains(&Spec::read(json)?.name.as_str()))
}

/// The values of the function `json` names.
///
/// # Errors
/// When there is none of that name.
pub fn flat_values(json: Option<&Json>) -> Result<FlatValues, CaseError> {
    let spec = Spec::read(json)?;
    let times = usize::try_from(spec.number()).unwrap_or(0);
    Ok(match spec.name.as_str() {
        "none" => Box::new(|_| Vec::new()),
        "repeat" => Box::new(move |value| vec![value; times]),
        "words" => Box::new(|value| words(&value).into_iter().map(Value::Text).collect()),
        "words_to_ones" => Box::new(|value| words(&value).iter().map(|_| Value::Int(1)).collect()),
        "words_as_keys" => Box::new(|value| words(&value).iter().map(|_| value.clone()).collect()),
        "key_suffixes" => {
            let count = spec.arg.into_list().len();
            Box::new(move |value| vec![value; count])
        }
        "elements" => Box::new(Value::into_list),
        _ => return spec.unknown("flat"),
    })
}

/// The function `json` names, for those that make new keys.
///
/// # Errors
/// When there is none of that name.
pub fn flat<K: CaseKey>(json: Option<&Json>) -> Result<Flat<K>, CaseError> {
    let spec = Spec::read(json)?;
    Ok(match spec.name.as_str() {
        "words_to_ones" => {
            Box::new(|_, value| words(&value).into_iter().map(|word| (Some(word.into()), Value::Int(1))).collect())
        }
        "words_as_keys" => {
            Box::new(|_, value| words(&value).into_iter().map(|word| (Some(word.into()), value.clone())).collect())
        }
        "key_suffixes" => {
            let suffixes: Vec<String> = spec.arg.into_list().iter().map(Value::text).collect();
            Box::new(move |key: K, value| {
                let suffixed = |suffix: &String| key.bare().map(|key| format!("{key}{suffix}").into());
                suffixes.iter().map(|suffix| (suffixed(suffix), value.clone())).collect()
            })
        }
        _ => return spec.unknown("flat"),
    })
}
