//! Values for placeholders: out of JSON, or with the types a client gave them.

use datafusion::common::{ParamValues, ScalarValue};
use serde_json::Value;

use crate::error::{ErrorKind, SqlError};
use crate::formats::ipc;
use crate::job::{Job, Params};

/// The values as the engine takes them; `None` where there are none.
pub(crate) fn values(job: &Job) -> Result<Option<ParamValues>, SqlError> {
    if let Some(arguments) = &job.arguments {
        return typed(arguments).map(Some);
    }
    Ok(match &job.params {
        Params::List(list) if list.is_empty() => None,
        Params::Named(named) if named.is_empty() => None,
        Params::List(list) => {
            let scalars: Result<Vec<ScalarValue>, SqlError> =
                list.iter().zip(1..).map(|(value, place)| scalar(value, &format!("${place}"))).collect();
            Some(ParamValues::from(scalars?))
        }
        Params::Named(named) => {
            let scalars: Result<Vec<(&str, ScalarValue)>, SqlError> =
                named.iter().map(|(name, value)| Ok((name.as_str(), scalar(value, name)?))).collect();
            Some(ParamValues::from(scalars?))
        }
    })
}

fn typed(arguments: &[u8]) -> Result<ParamValues, SqlError> {
    let row = ipc::decode(arguments)?;
    let scalars: Result<Vec<ScalarValue>, _> =
        row.columns().iter().map(|column| ScalarValue::try_from_array(column, 0)).collect();
    let scalars = scalars.map_err(|error| SqlError::new(ErrorKind::Invalid, error.to_string()))?;
    Ok(ParamValues::from(scalars))
}

fn scalar(value: &Value, name: &str) -> Result<ScalarValue, SqlError> {
    Ok(match value {
        Value::Null => ScalarValue::Null,
        Value::Bool(flag) => ScalarValue::Boolean(Some(*flag)),
        Value::Number(number) => match number.as_i64() {
            Some(number) => ScalarValue::Int64(Some(number)),
            None => ScalarValue::Float64(number.as_f64()),
        },
        Value::String(text) => ScalarValue::Utf8(Some(text.clone())),
        Value::Array(_) | Value::Object(_) => {
            let message = format!("the value of {name} is neither text, number, true, false nor null");
            return Err(SqlError::new(ErrorKind::Invalid, message));
        }
    })
}
