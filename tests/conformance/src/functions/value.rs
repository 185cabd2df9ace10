//! Functions that give a value.

use serde_json::Value as Json;
use tillstream_topology::ProcessError;

use super::Spec;
use crate::key::CaseKey;
use crate::{CaseError, Value};

/// Makes a value of a record.
pub type ValueFunction<K> = Box<dyn Fn(&K, Value) -> Value + Send + Sync>;

/// Makes a value of a record or refuses it.
pub type TryValueFunction<K> = Box<dyn Fn(&K, Value) -> Result<Value, ProcessError> + Send + Sync>;

/// The function `json` names; one that can fail is not among them.
///
/// # Errors
/// When there is none of that name.
pub fn value<K: CaseKey>(json: Option<&Json>) -> Result<ValueFunction<K>, CaseError> {
    let spec = Spec::read(json)?;
    let (number, text, arg) = (spec.number(), spec.text(), spec.arg.clone());
    Ok(match spec.name.as_str() {
        "identity" => Box::new(|_, value| value),
        "add" => Box::new(move |_, value| value.number().wrapping_add(number).into()),
        "mul" => Box::new(move |_, value| value.number().wrapping_mul(number).into()),
        "append" => Box::new(move |_, value| format!("{}{text}", value.text()).into()),
        "prepend" => Box::new(move |_, value| format!("{text}{}", value.text()).into()),
        "to_upper" => Box::new(|_, value| value.text().to_uppercase().into()),
        "length" => Box::new(|_, value| value.number().into()),
        "field" => Box::new(move |_, value| value.element(number)),
        "const" => Box::new(move |_, _| arg.clone()),
        "with_key" => Box::new(|key: &K, value| vec![key.text().into(), value].into()),
        "null_if_gt" => Box::new(move |_, value| if value.number() > number { Value::Null } else { value }),
        "to_null" => Box::new(|_, _| Value::Null),
        _ => return spec.unknown("value"),
    })
}

/// As [`value`], with the one that can fail.
///
/// # Errors
/// When there is none of that name.
pub fn try_value<K: CaseKey>(json: Option<&Json>) -> Result<TryValueFunction<K>, CaseError> {
    let spec = Spec::read(json)?;
    if spec.name == "throw_if_gt" {
        let limit = spec.number();
        return Ok(Box::new(move |_, value| {
            if value.number() > limit {
                return Err(ProcessError::refused("over_limit", format!("value over {limit}")));
            }
            Ok(value)
        }));
    }
    let function = value(json)?;
    Ok(Box::new(move |key, value| Ok(function(key, value))))
}
