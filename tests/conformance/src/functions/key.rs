//! Functions that give a bare key.

use serde_json::Value as Json;

use super::Spec;
use crate::key::{CaseKey, Key};
use crate::{CaseError, Value};

/// Makes a bare key of a record.
pub type KeyFunction<K> = Box<dyn Fn(&K, &Value) -> Key + Send + Sync>;

/// Whether the function `json` names leaves the key as it is, window and all.
///
/// # Errors
/// When `json` names no function.
pub fn keeps_key(json: Option<&Json>) -> Result<bool, CaseError> {
    Ok(Spec::read(json)?.name == "identity")
}

/// The function `json` names.
///
/// # Errors
/// When there is none of that name.
pub fn key<K: CaseKey>(json: Option<&Json>) -> Result<KeyFunction<K>, CaseError> {
    let spec = Spec::read(json)?;
    let (number, text) = (spec.number(), spec.text());
    let constant: Key = (!spec.arg.is_null()).then(|| text.as_str().into());
    Ok(match spec.name.as_str() {
        "identity" | "bare_key" => Box::new(|key, _| key.bare().map(Into::into)),
        "window_key" => Box::new(|key, _| key.text().map(Into::into)),
        "key_first_char" => Box::new(|key, _| key.bare().map(|key| first_char(key).into())),
        "key_before" => Box::new(move |key, _| key.bare()?.split_once(&text).map(|(before, _)| before.into())),
        "key_append" => Box::new(move |key, _| key.bare().map(|key| format!("{key}{text}").into())),
        "key_upper" => Box::new(|key, _| key.bare().map(|key| key.to_uppercase().into())),
        "const_key" => Box::new(move |_, _| constant.clone()),
        "null_key" => Box::new(|_, _| None),
        "value_as_key" => Box::new(|_, value| shown(value)),
        "value_field_key" => Box::new(move |_, value| shown(&value.element(number))),
        "value_first_char" => Box::new(|_, value| {
            let text = shown(value)?;
            (!text.is_empty()).then(|| first_char(&text).into())
        }),
        "value_mod_key" => {
            Box::new(move |_, value| shown(value).map(|_| value.number().rem_euclid(number).to_string().into()))
        }
        "null_if_value_gt" => {
            Box::new(move |key, value| if value.number() > number { None } else { key.bare().map(Into::into) })
        }
        _ => return spec.unknown("key"),
    })
}

fn shown(value: &Value) -> Key {
    (!value.is_null()).then(|| value.text().into())
}

fn first_char(text: &str) -> &str {
    text.chars().next().and_then(|first| text.get(..first.len_utf8())).unwrap_or_default()
}
