//! The keys of revenue: a currency and what the money is broken down by.

use std::sync::Arc;

use serde::Serialize;
use tillstream_models::events::Currency;
use tillstream_stores::{Serde, SerdeError, SharedSerde};

use crate::shared_text;

/// A currency and a category, product or country; the total has an empty one. Two currencies are never added.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct RevenueKey {
    /// The currency of the figures.
    pub currency: Currency,
    /// Category, product or country; empty for the total.
    #[serde(serialize_with = "shared_text::serialize")]
    pub value: Arc<str>,
}

struct KeySerde;

/// `GBP` for a total, else `GBP:lighting`.
#[must_use]
pub fn revenue_key_serde() -> SharedSerde<RevenueKey> {
    Arc::new(KeySerde)
}

impl Serde<RevenueKey> for KeySerde {
    fn serialize(&self, key: &RevenueKey, out: &mut Vec<u8>) -> Result<bool, SerdeError> {
        out.extend_from_slice(key.currency.as_str().as_bytes());
        if !key.value.is_empty() {
            out.push(b':');
            out.extend_from_slice(key.value.as_bytes());
        }
        Ok(true)
    }

    fn deserialize(&self, bytes: Option<&[u8]>) -> Result<RevenueKey, SerdeError> {
        bytes
            .and_then(decode)
            .ok_or_else(|| SerdeError::new("invalid_key", "not a currency and what is broken down by"))
    }
}

fn decode(bytes: &[u8]) -> Option<RevenueKey> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (currency, value) = text.split_once(':').unwrap_or((text, ""));
    Some(RevenueKey { currency: currency.parse().ok()?, value: value.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_readable_and_round_trip() {
        for (value, text) in [("", "GBP"), ("lighting", "GBP:lighting"), ("a:b", "GBP:a:b")] {
            let key = RevenueKey { currency: Currency::GBP, value: value.into() };
            let mut out = Vec::new();
            revenue_key_serde().serialize(&key, &mut out).unwrap();
            assert_eq!(out, text.as_bytes());
            assert_eq!(revenue_key_serde().deserialize(Some(&out)).unwrap(), key);
        }
        assert!(revenue_key_serde().deserialize(Some(b"XYZ:a")).is_err());
    }
}
