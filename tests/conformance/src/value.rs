//! Values of the cases: null, integers, text, truth values, lists.

use std::fmt;
use std::sync::Arc;

use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tillstream_topology::Count;
use tillstream_topology::stores::{Serde, SerdeError, SharedSerde};

/// A value of a case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Value {
    /// No value: a null payload, a delete in a table.
    #[default]
    Null,
    /// A whole number.
    Int(i64),
    /// Text.
    Text(String),
    /// A truth value.
    Bool(bool),
    /// Values in order.
    List(Vec<Value>),
}

impl Value {
    /// Whether it is null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        *self == Self::Null
    }

    /// The number view: integers as they are, text and lists by their length (text in UTF-16 units), null 0.
    #[must_use]
    pub fn number(&self) -> i64 {
        match self {
            Self::Null => 0,
            Self::Int(n) => *n,
            Self::Text(text) => text.encode_utf16().count() as i64,
            Self::Bool(truth) => i64::from(*truth),
            Self::List(list) => list.len() as i64,
        }
    }

    /// The text view: text as it is, everything else as compact JSON.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            other => serde_json::to_string(other).unwrap_or_default(),
        }
    }

    /// The `index`-th element of a list, else null.
    #[must_use]
    pub fn element(&self, index: i64) -> Self {
        match self {
            Self::List(list) => {
                usize::try_from(index).ok().and_then(|index| list.get(index)).cloned().unwrap_or_default()
            }
            _ => Self::Null,
        }
    }

    /// The elements of a list; another value is a list of one, null an empty one.
    #[must_use]
    pub fn into_list(self) -> Vec<Self> {
        match self {
            Self::List(list) => list,
            Self::Null => Vec::new(),
            other => vec![other],
        }
    }
}

impl From<i64> for Value {
    fn from(n: i64) -> Self {
        Self::Int(n)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl From<Vec<Value>> for Value {
    fn from(list: Vec<Value>) -> Self {
        Self::List(list)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Int(n) => serializer.serialize_i64(*n),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Bool(truth) => serializer.serialize_bool(*truth),
            Self::List(list) => serializer.collect_seq(list),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("null, a whole number, text, a truth value or a list")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_i64<E>(self, n: i64) -> Result<Value, E> {
        Ok(Value::Int(n))
    }

    fn visit_u64<E: serde::de::Error>(self, n: u64) -> Result<Value, E> {
        i64::try_from(n).map(Value::Int).map_err(|_| E::custom("the number is too large"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
        Ok(Value::Bool(truth))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element()? {
            list.push(element);
        }
        Ok(Value::List(list))
    }
}

impl TryFrom<&serde_json::Value> for Value {
    type Error = serde_json::Error;

    fn try_from(json: &serde_json::Value) -> Result<Self, Self::Error> {
        Self::deserialize(json).map_err(|error| serde_json::Error::custom(format!("{json}: {error}")))
    }
}

impl Count for Value {
    const ZERO: Self = Self::Int(0);

    fn up(self) -> Self {
        self.number().wrapping_add(1).into()
    }

    fn down(self) -> Self {
        self.number().wrapping_sub(1).into()
    }

    fn plus(self, other: Self) -> Self {
        self.number().wrapping_add(other.number()).into()
    }
}

struct Json;

/// Compact JSON, null as a null payload.
#[must_use]
pub fn value_serde() -> SharedSerde<Value> {
    Arc::new(Json)
}

impl Serde<Value> for Json {
    fn serialize(&self, value: &Value, out: &mut Vec<u8>) -> Result<bool, SerdeError> {
        if value.is_null() {
            return Ok(false);
        }
        serde_json::to_writer(out, value).map_err(|error| SerdeError::new("unserializable", error.to_string()))?;
        Ok(true)
    }

    fn deserialize(&self, bytes: Option<&[u8]>) -> Result<Value, SerdeError> {
        bytes.map_or(Ok(Value::Null), |bytes| {
            serde_json::from_slice(bytes).map_err(|error| SerdeError::new("invalid_json", error.to_string()))
        })
    }

    fn is_null(&self, value: &Value) -> bool {
        value.is_null()
    }
}
