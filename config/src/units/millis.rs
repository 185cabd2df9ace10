//! Durations in milliseconds.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::quantity::{UnitError, split, times};

/// A duration in milliseconds, never negative, written `"100ms"`, `"30 min"` or `"7d"`.
///
/// The unit is required (but for 0): a bare 30 would be milliseconds to some and seconds to others.
/// It displays in the largest unit that is exact, so display and parse are each other's inverse.
///
/// ```
/// use tillstream_config::Millis;
/// let timeout: Millis = "90s".parse()?;
/// assert_eq!(timeout.get(), 90_000);
/// assert_eq!(timeout.to_string(), "90 s");
/// # Ok::<(), tillstream_config::UnitError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(i64);

const UNITS: &str = "ms, s, min, h, d";

/// Largest first, for display.
const FACTORS: [(&str, i64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1_000), ("ms", 1)];

impl Millis {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// A duration of so many milliseconds.
    #[must_use]
    pub const fn new(millis: u32) -> Self {
        Self(millis as i64)
    }

    /// A duration of so many seconds.
    #[must_use]
    pub const fn seconds(count: u32) -> Self {
        Self(count as i64 * 1_000)
    }

    /// A duration of so many minutes.
    #[must_use]
    pub const fn minutes(count: u32) -> Self {
        Self(count as i64 * 60_000)
    }

    /// A duration of so many hours.
    #[must_use]
    pub const fn hours(count: u32) -> Self {
        Self(count as i64 * 3_600_000)
    }

    /// A duration of so many days of 24 hours.
    #[must_use]
    pub const fn days(count: u32) -> Self {
        Self(count as i64 * 86_400_000)
    }

    /// The duration in milliseconds, at least 0.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The duration as the standard library's type, for time-outs of the operating system.
    #[must_use]
    pub const fn as_duration(self) -> Duration {
        Duration::from_millis(self.0.unsigned_abs())
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exact = FACTORS
            .iter()
            .find_map(|(unit, factor)| (self.0 >= *factor && self.0 % factor == 0).then(|| (self.0 / factor, unit)));
        match exact {
            Some((count, unit)) => write!(f, "{count} {unit}"),
            None => write!(f, "{} ms", self.0),
        }
    }
}

impl FromStr for Millis {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let (number, unit) = split(text, UNITS)?;
        if unit.is_empty() {
            return match number {
                0 => Ok(Self::ZERO),
                _ => Err(UnitError::NoUnit { units: UNITS }),
            };
        }
        let (_, factor) = FACTORS
            .iter()
            .find(|(name, _)| *name == unit)
            .ok_or_else(|| UnitError::UnknownUnit { unit: unit.to_owned(), units: UNITS })?;
        times(number, *factor).map(Self)
    }
}

impl Serialize for Millis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Millis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match toml::Value::deserialize(deserializer)? {
            toml::Value::String(text) => text.parse().map_err(D::Error::custom),
            toml::Value::Integer(0) => Ok(Self::ZERO),
            toml::Value::Integer(_) => Err(D::Error::custom(UnitError::NoUnit { units: UNITS })),
            other => Err(D::Error::custom(format!(
                "expected a duration ({UNITS}), not a value of type {}",
                other.type_str()
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<i64, UnitError> {
        text.parse::<Millis>().map(Millis::get)
    }

    #[test]
    fn units_are_understood() {
        assert_eq!(parse("100ms"), Ok(100));
        assert_eq!(parse("30 min"), Ok(1_800_000));
        assert_eq!(parse("7d"), Ok(604_800_000));
        assert_eq!(parse("24 h"), Ok(86_400_000));
        assert_eq!(parse("0"), Ok(0));
    }

    #[test]
    fn display_is_exact_and_parses_back() {
        let shown = [
            (Millis::ZERO, "0 ms"),
            (Millis::new(1_500), "1500 ms"),
            (Millis::seconds(90), "90 s"),
            (Millis::minutes(30), "30 min"),
            (Millis::hours(24), "1 d"),
            (Millis::days(400), "400 d"),
        ];
        for (millis, text) in shown {
            assert_eq!(millis.to_string(), text);
            assert_eq!(text.parse(), Ok(millis));
        }
    }

    #[test]
    fn what_is_not_a_duration_is_refused() {
        assert!(matches!(parse("30"), Err(UnitError::NoUnit { .. })));
        assert!(matches!(parse("soon"), Err(UnitError::NotANumber { .. })));
        assert!(matches!(parse("-1 s"), Err(UnitError::NotANumber { .. })));
        assert!(matches!(parse("1.5 h"), Err(UnitError::NotANumber { .. })));
        // One letter that could be a minute or a month.
        assert!(matches!(parse("5 m"), Err(UnitError::UnknownUnit { .. })));
        assert_eq!(parse("9223372036854775807 s"), Err(UnitError::TooLarge));
    }

    #[test]
    fn is_the_standard_librarys_duration() {
        assert_eq!(Millis::seconds(2).as_duration(), Duration::from_secs(2));
    }
}
