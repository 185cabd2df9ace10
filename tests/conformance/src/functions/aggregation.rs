//! Functions that fold values: aggregators and reducers.

use serde_json::Value as Json;

use super::Spec;
use crate::{CaseError, Value};

/// Combines a state (first) and a value.
pub type Reducer = Box<dyn Fn(Value, Value) -> Value + Send + Sync>;

/// As [`Reducer`]; states and values need not be of one kind.
pub type Aggregator = Reducer;

/// The aggregator `json` names.
///
/// # Errors
/// When there is none of that name.
pub fn aggregator(json: Option<&Json>) -> Result<Aggregator, CaseError> {
    let spec = Spec::read(json)?;
    Ok(match spec.name.as_str() {
        "count" => Box::new(|state, _| state.number().wrapping_add(1).into()),
        "uncount" => Box::new(|state, _| state.number().wrapping_sub(1).into()),
        "list" => Box::new(|state, value| {
            let mut list = state.into_list();
            list.push(value);
            list.into()
        }),
        "unlist" => Box::new(|state, value| {
            let mut list = state.into_list();
            if let Some(place) = list.iter().position(|element| *element == value) {
                list.remove(place);
            }
            list.into()
        }),
        _ => return reducer(json),
    })
}

/// The merger of sessions `json` names: `list` joins both lists, and every reducer may be used.
///
/// # Errors
/// When there is none of that name.
pub fn merger(json: Option<&Json>) -> Result<Reducer, CaseError> {
    if Spec::read(json)?.name != "list" {
        return reducer(json);
    }
    Ok(Box::new(|one, other| {
        let mut list = one.into_list();
        list.extend(other.into_list());
        list.into()
    }))
}

/// The reducer `json` names.
///
/// # Errors
/// When there is none of that name.
pub fn reducer(json: Option<&Json>) -> Result<Reducer, CaseError> {
    let spec = Spec::read(json)?;
    let null_at = spec.number();
    let unless = move |result: i64| if result == null_at { Value::Null } else { result.into() };
    Ok(match spec.name.as_str() {
        "sum" => Box::new(|state, value| state.number().wrapping_add(value.number()).into()),
        "subtract" => Box::new(|state, value| state.number().wrapping_sub(value.number()).into()),
        "sum_null_at" => Box::new(move |state, value| unless(state.number().wrapping_add(value.number()))),
        "subtract_null_at" => Box::new(move |state, value| unless(state.number().wrapping_sub(value.number()))),
        "max" => Box::new(|state, value| if value.number() > state.number() { value } else { state }),
        "min" => Box::new(|state, value| if value.number() < state.number() { value } else { state }),
        "first" => Box::new(|state, _| state),
        "last" => Box::new(|_, value| value),
        "concat" => Box::new(|state, value| format!("{}{}", state.text(), value.text()).into()),
        "unconcat" => Box::new(|state, value| state.text().replacen(&value.text(), "", 1).into()),
        "to_null" => Box::new(|_, _| Value::Null),
        _ => return spec.unknown("aggregation"),
    })
}
