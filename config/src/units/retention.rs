//! How long records are kept.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::{Millis, UnitError};

/// How long the records of a topic are kept: `"forever"` or a duration such as `"90 d"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retention {
    /// Records never age.
    Forever,
    /// Records older than this are removed.
    For(Millis),
}

impl Retention {
    /// The duration, or `None` for ever.
    #[must_use]
    pub const fn limit(self) -> Option<Millis> {
        match self {
            Self::Forever => None,
            Self::For(limit) => Some(limit),
        }
    }
}

impl fmt::Display for Retention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forever => f.write_str("forever"),
            Self::For(limit) => limit.fmt(f),
        }
    }
}

impl FromStr for Retention {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        match text.trim() {
            "forever" => Ok(Self::Forever),
            limit => limit.parse().map(Self::For),
        }
    }
}

impl Serialize for Retention {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Retention {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|error| D::Error::custom(format!("neither \"forever\" nor a duration: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forever_or_a_duration_and_back() {
        for (retention, text) in [(Retention::Forever, "forever"), (Retention::For(Millis::days(90)), "90 d")] {
            assert_eq!(retention.to_string(), text);
            assert_eq!(text.parse(), Ok(retention));
        }
        assert!("for ever".parse::<Retention>().is_err());
    }
}
