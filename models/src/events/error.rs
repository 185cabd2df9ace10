//! Why a payload is not an event.

use super::MoneyError;

/// Why a payload was refused. It will be refused again: the path is the dead-letter topic, and
/// after a fix or an upgrade a replay from there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// Too many bytes, lines or characters; the sender must split or shorten it.
    #[error("{what} is {size} long, more than the {limit} allowed")]
    TooLarge {
        /// What is too large: `payload`, or a field by its JSON name.
        what: &'static str,
        /// Its size, in bytes or items.
        size: usize,
        /// The most that is accepted.
        limit: usize,
    },
    /// The payload is not UTF-8 text.
    #[error("not UTF-8 from byte {valid_up_to} on")]
    InvalidUtf8 {
        /// How many bytes at the start are valid.
        valid_up_to: usize,
    },
    /// Not one complete JSON object: syntax, truncation, trailing bytes, nesting.
    #[error("not a JSON object: {detail}")]
    InvalidJson {
        /// What the parser says, with line and column.
        detail: String,
    },
    /// A key of the event occurs twice; which value counts would be a guess.
    #[error("{detail}")]
    DuplicateField {
        /// The key, with line and column.
        detail: String,
    },
    /// A known field has another JSON type or is out of its range.
    #[error("a field has the wrong type: {detail}")]
    InvalidField {
        /// What was found and expected, with line and column.
        detail: String,
    },
    /// A required field is absent or null.
    #[error("required field `{field}` is missing or null")]
    MissingField {
        /// The field's JSON name.
        field: &'static str,
    },
    /// The topic has no such event; a newer release may know it.
    #[error("unknown event type `{kind}` on topic `{topic}`")]
    UnknownType {
        /// The topic that was decoded.
        topic: &'static str,
        /// The value of `type`, shortened.
        kind: String,
    },
    /// An amount is not exact money.
    #[error("field `{field}`: {source}")]
    Money {
        /// The field's JSON name.
        field: &'static str,
        /// What is wrong with the amount.
        source: MoneyError,
    },
    /// Not the code of a currency in use.
    #[error("`{code}` is not an active ISO 4217 currency code")]
    Currency {
        /// The code, shortened.
        code: String,
    },
    /// Not two upper-case letters.
    #[error("`{code}` is not an ISO 3166-1 alpha-2 country code")]
    Country {
        /// The code, shortened.
        code: String,
    },
    /// A count that cannot be: zero or negative items, or more than an `i32`.
    #[error("field `{field}`: {value} is out of range")]
    Quantity {
        /// The field's JSON name.
        field: &'static str,
        /// The value found.
        value: i64,
    },
    /// The lines together are worth more than an order may be.
    #[error("the sum of the lines is larger than any order may be")]
    Overflow,
    /// `at` is not an RFC 3339 instant.
    #[error("`at` is {text}, not an RFC 3339 time such as \"2010-12-01T08:26:00Z\"")]
    InvalidTimestamp {
        /// The JSON value found, shortened.
        text: String,
    },
    /// An id is empty or holds control characters.
    #[error("field `{field}`: an id must not be empty nor hold control characters")]
    InvalidId {
        /// The field's JSON name.
        field: &'static str,
    },
}

impl EventError {
    /// The cause in one stable word, for counters and dead-letter headers.
    #[must_use]
    pub fn class(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "too_large",
            Self::InvalidUtf8 { .. } => "invalid_utf8",
            Self::InvalidJson { .. } => "invalid_json",
            Self::DuplicateField { .. } => "duplicate_field",
            Self::InvalidField { .. } => "invalid_field",
            Self::MissingField { .. } => "missing_field",
            Self::UnknownType { .. } => "unknown_type",
            Self::Money { .. } => "money",
            Self::Currency { .. } => "currency",
            Self::Country { .. } => "country",
            Self::Quantity { .. } => "quantity",
            Self::Overflow => "overflow",
            Self::InvalidTimestamp { .. } => "invalid_timestamp",
            Self::InvalidId { .. } => "invalid_id",
        }
    }
}

/// Shortens foreign text for a message: it ends up in headers and logs, which must stay small.
pub(super) fn excerpt(text: &str) -> String {
    const LIMIT: usize = 64;
    let shown = |char: char| match char {
        // The messages quote with backticks.
        '"' | '\'' => char.to_string(),
        _ => char.escape_debug().to_string(),
    };
    let start: String = text.chars().take(LIMIT).map(shown).collect();
    if text.chars().nth(LIMIT).is_some() { start + "…" } else { start }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_shortened_and_cannot_steer_a_terminal() {
        assert_eq!(excerpt("\"2026-13-01\""), "\"2026-13-01\"");
        assert_eq!(excerpt("a\n\u{1b}[2J\u{202e}"), "a\\n\\u{1b}[2J\\u{202e}");
        assert_eq!(excerpt(&"ä".repeat(65)), "ä".repeat(64) + "…");
    }
}
