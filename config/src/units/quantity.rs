//! A whole number with a unit: what sizes and durations share.

/// Why a text is not a quantity; the message says how to write one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnitError {
    /// The text does not begin with a whole number.
    #[error("expected a whole number with a unit ({units})")]
    NotANumber {
        /// The units that are understood.
        units: &'static str,
    },
    /// The number has no unit, and none may be assumed.
    #[error("the unit is missing (one of {units})")]
    NoUnit {
        /// The units that are understood.
        units: &'static str,
    },
    /// The unit is not one of those understood.
    #[error("unknown unit {unit:?} (one of {units})")]
    UnknownUnit {
        /// The unit as written.
        unit: String,
        /// The units that are understood.
        units: &'static str,
    },
    /// The quantity does not fit into 63 bits of its base unit.
    #[error("the quantity is too large")]
    TooLarge,
}

/// Splits `"64 MiB"` into `(64, "MiB")`. Fractions are refused rather than rounded: `1.5 GiB` is `1536 MiB`.
pub(super) fn split<'t>(text: &'t str, units: &'static str) -> Result<(i64, &'t str), UnitError> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    if digits.is_empty() || unit.starts_with(['.', ',', '_']) {
        return Err(UnitError::NotANumber { units });
    }
    let number = digits.parse().map_err(|_| UnitError::TooLarge)?;
    Ok((number, unit.trim_start()))
}

/// The quantity in base units, or `TooLarge`.
pub(super) fn times(number: i64, factor: i64) -> Result<i64, UnitError> {
    number.checked_mul(factor).ok_or(UnitError::TooLarge)
}
