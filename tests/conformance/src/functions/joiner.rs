//! Functions that join two values.

use serde_json::Value as Json;

use super::Spec;
use crate::{CaseError, Value};

/// Joins the text of a key (null where the join does not tell it), a left and a right value.
pub type Joiner = Box<dyn Fn(Option<String>, Value, Value) -> Value + Send + Sync>;

/// The joiner `json` names; `pair` if it names none.
///
/// # Errors
/// When there is none of that name.
pub fn joiner(json: Option<&Json>) -> Result<Joiner, CaseError> {
    let Some(json) = json else { return Ok(Box::new(|_, left, right| vec![left, right].into())) };
    let spec = Spec::read(Some(json))?;
    let limit = spec.number();
    Ok(match spec.name.as_str() {
        "pair" => Box::new(|_, left, right| vec![left, right].into()),
        "key_pair" => Box::new(|key, left, right| vec![key.into(), left, right].into()),
        "sum" => Box::new(|_, left, right| left.number().wrapping_add(right.number()).into()),
        "concat" => Box::new(|_, left, right| format!("{}+{}", left.text(), right.text()).into()),
        "left" => Box::new(|_, left, _| left),
        "right" => Box::new(|_, _, right| right),
        "null_if_left_gt" => {
            Box::new(move |_, left, right| if left.number() > limit { Value::Null } else { vec![left, right].into() })
        }
        _ => return spec.unknown("joiner"),
    })
}
