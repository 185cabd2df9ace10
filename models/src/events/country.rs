//! ISO 3166-1 alpha-2 country codes.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::{Serialize, Serializer};

use super::EventError;
use super::error::excerpt;

/// Two upper-case letters naming a country, such as `GB`.
///
/// Only the form is checked: ISO leaves ranges to the user (`ZZ`, `XA` …), and a country decides
/// no amount, so a code nobody knows is grouped under itself rather than refused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

impl Country {
    /// The unknown country (`ZZ`, as Unicode's CLDR writes it).
    pub const UNKNOWN: Self = Self(*b"ZZ");

    /// The two letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Always ASCII: the only constructors check it.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for Country {
    type Err = EventError;

    fn from_str(code: &str) -> Result<Self, EventError> {
        match code.as_bytes() {
            &[first @ b'A'..=b'Z', second @ b'A'..=b'Z'] => Ok(Self([first, second])),
            _ => Err(EventError::Country { code: excerpt(code) }),
        }
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Country {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Country {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
