//! Sizes in bytes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::quantity::{UnitError, split, times};

/// A size in bytes, written `"64 MiB"`, `"300MB"` or as a plain number of bytes.
///
/// It displays in the largest unit that is exact, so display and parse are each other's inverse.
///
/// ```
/// use tillstream_config::Bytes;
/// let size: Bytes = "64MiB".parse()?;
/// assert_eq!(size.get(), 67_108_864);
/// assert_eq!(size.to_string(), "64 MiB");
/// # Ok::<(), tillstream_config::UnitError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(u64);

const UNITS: &str = "B, kB, MB, GB, TB, KiB, MiB, GiB, TiB";

/// Largest first within each family. Binary before decimal, so that 64 MiB does not show as 67108864 B.
const FACTORS: [(&str, i64); 9] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("B", 1),
];

impl Bytes {
    /// A size of so many bytes.
    #[must_use]
    pub const fn new(bytes: u64) -> Self {
        Self(bytes)
    }

    /// A size of so many kibibytes (1024 bytes).
    #[must_use]
    pub const fn kib(count: u64) -> Self {
        Self(count << 10)
    }

    /// A size of so many mebibytes (1024 kibibytes).
    #[must_use]
    pub const fn mib(count: u64) -> Self {
        Self(count << 20)
    }

    /// A size of so many gibibytes (1024 mebibytes).
    #[must_use]
    pub const fn gib(count: u64) -> Self {
        Self(count << 30)
    }

    /// The size in bytes.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The size as a `usize`, or the largest `usize` where the size does not fit.
    #[must_use]
    pub fn as_usize(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exact = FACTORS.iter().find_map(|(unit, factor)| {
            let factor = factor.unsigned_abs();
            (self.0 >= factor && self.0.is_multiple_of(factor)).then(|| (self.0 / factor, unit))
        });
        match exact {
            Some((count, unit)) => write!(f, "{count} {unit}"),
            None => write!(f, "{} B", self.0),
        }
    }
}

impl FromStr for Bytes {
    type Err = UnitError;

    /// Units are understood in any case; `k` and `M` alone are not, since they leave 1000 or 1024 open.
    fn from_str(text: &str) -> Result<Self, UnitError> {
        let (number, unit) = split(text, UNITS)?;
        let factor = match unit {
            "" => 1,
            _ => FACTORS
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(unit))
                .map(|(_, factor)| *factor)
                .ok_or_else(|| UnitError::UnknownUnit { unit: unit.to_owned(), units: UNITS })?,
        };
        Ok(Self(times(number, factor)?.unsigned_abs()))
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match toml::Value::deserialize(deserializer)? {
            toml::Value::String(text) => text.parse().map_err(D::Error::custom),
            toml::Value::Integer(count) => {
                u64::try_from(count).map(Self).map_err(|_| D::Error::custom("a size is not negative"))
            }
            other => {
                Err(D::Error::custom(format!("expected a size ({UNITS}), not a value of type {}", other.type_str())))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<u64, UnitError> {
        text.parse::<Bytes>().map(Bytes::get)
    }

    #[test]
    fn units_are_understood() {
        assert_eq!(parse("64 MiB"), Ok(64 * 1024 * 1024));
        assert_eq!(parse("300MB"), Ok(300_000_000));
        assert_eq!(parse(" 1 kb "), Ok(1000));
        assert_eq!(parse("4096"), Ok(4096));
        assert_eq!(parse("0 B"), Ok(0));
        assert_eq!(parse("1 TiB"), Ok(1_099_511_627_776));
    }

    #[test]
    fn display_is_exact_and_parses_back() {
        let shown = [
            (0, "0 B"),
            (1, "1 B"),
            (1000, "1 kB"),
            (1024, "1 KiB"),
            (1536, "1536 B"),
            (300_000_000, "300 MB"),
            (201_326_592, "192 MiB"),
            (1 << 40, "1 TiB"),
        ];
        for (bytes, text) in shown {
            assert_eq!(Bytes::new(bytes).to_string(), text);
            assert_eq!(parse(text), Ok(bytes));
        }
    }

    #[test]
    fn what_is_not_a_size_is_refused() {
        assert!(matches!(parse(""), Err(UnitError::NotANumber { .. })));
        assert!(matches!(parse("MiB"), Err(UnitError::NotANumber { .. })));
        assert!(matches!(parse("-1 B"), Err(UnitError::NotANumber { .. })));
        assert!(matches!(parse("1.5 GiB"), Err(UnitError::NotANumber { .. })));
        assert!(matches!(parse("5 M"), Err(UnitError::UnknownUnit { .. })));
        assert!(matches!(parse("5 MiB x"), Err(UnitError::UnknownUnit { .. })));
        assert_eq!(parse("9000000 TiB"), Err(UnitError::TooLarge));
        assert_eq!(parse("99999999999999999999"), Err(UnitError::TooLarge));
    }
}
