//! The named functions of the cases.

mod aggregation;
mod flat;
mod joiner;
mod key;
mod predicate;
mod topic;
mod value;

use serde_json::Value as Json;

use crate::{CaseError, Value};

pub use aggregation::{Aggregator, Reducer, aggregator, merger, reducer};
pub use flat::{Flat, FlatValues, changes_keys, flat, flat_values};
pub use joiner::{Joiner, joiner};
pub use key::{KeyFunction, keeps_key, key};
pub use predicate::{Predicate, predicate};
pub use topic::{TopicFunction, topic};
pub use value::{TryValueFunction, ValueFunction, try_value, value};

/// A function's name and argument.
struct Spec {
    name: String,
    arg: Value,
}

impl Spec {
    /// Reads `{"name", "arg"}` or a bare name; nothing is `identity`.
    fn read(json: Option<&Json>) -> Result<Self, CaseError> {
        let Some(json) = json else { return Ok(Self { name: "identity".to_owned(), arg: Value::Null }) };
        let name = json.as_str().or_else(|| json.get("name")?.as_str());
        let arg = json.get("arg").map(Value::try_from).transpose();
        Ok(Self {
            name: name.ok_or_else(|| CaseError::meaning(format!("a function without name: {json}")))?.to_owned(),
            arg: arg.map_err(|error| CaseError::meaning(error.to_string()))?.unwrap_or_default(),
        })
    }

    fn number(&self) -> i64 {
        self.arg.number()
    }

    fn text(&self) -> String {
        self.arg.text()
    }

    fn unknown<T>(&self, kind: &str) -> Result<T, CaseError> {
        Err(CaseError::meaning(format!("unknown {kind} function {}", self.name)))
    }
}

/// Words of a value's text view.
fn words(value: &Value) -> Vec<String> {
    if value.is_null() {
        return Vec::new();
    }
    value.text().split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}
