//! Exact money: an integer count of 1/10,000 of a currency's unit.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};

/// Decimals that are kept.
const DECIMALS: usize = 4;
/// Ten-thousandths in one unit.
const SCALE: u64 = 10_000;

/// An amount as a count of 1/10,000 of its currency's unit: `15.30` is 153,000.
///
/// Never made from a float: text is read digit by digit, arithmetic is checked. An amount does
/// not know its currency; whoever adds must see to it that the currencies agree. It serialises
/// as a decimal string (`"15.30"`), which no reader can take for a float.
///
/// ```
/// use tillstream_models::events::Money;
///
/// let price: Money = "0.001".parse()?;
/// assert_eq!(price.checked_mul(15_300).map(|total| total.to_string()), Some("15.30".to_owned()));
/// # Ok::<(), tillstream_models::events::MoneyError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(i64);

/// Why a text is not an amount, or an amount not acceptable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MoneyError {
    /// Something else than `-?digits[.digits]`.
    #[error("an amount is digits with an optional decimal point, such as 15.30")]
    NotANumber,
    /// Written with an exponent, as floats are.
    #[error("an amount has no exponent; write its digits out")]
    Exponent,
    /// A fifth decimal that is not zero.
    #[error("an amount has at most four decimals")]
    TooManyDecimals,
    /// Beyond the greatest amount.
    #[error("the amount is too large")]
    OutOfRange,
    /// Less than zero where only zero or more makes sense.
    #[error("the amount must not be negative")]
    Negative,
}

impl Money {
    /// No money.
    pub const ZERO: Self = Self(0);
    /// The greatest amount accepted in an event: 10^15 ten-thousandths, 100 billion units.
    /// Some 9,200 of them fit into a sum.
    pub const MAX_AMOUNT: Self = Self(1_000_000_000_000_000);

    /// The amount of `units` ten-thousandths.
    #[must_use]
    pub const fn from_units(units: i64) -> Self {
        Self(units)
    }

    /// The count of ten-thousandths.
    #[must_use]
    pub const fn units(self) -> i64 {
        self.0
    }

    /// Whether it is less than zero.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// The sum, or `None` on overflow.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, or `None` on overflow.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// `count` times the amount, or `None` on overflow.
    #[must_use]
    pub fn checked_mul(self, count: i64) -> Option<Self> {
        self.0.checked_mul(count).map(Self)
    }

    /// The amount with the other sign, or `None` for the least amount.
    #[must_use]
    pub fn checked_neg(self) -> Option<Self> {
        self.0.checked_neg().map(Self)
    }

    /// Reads an amount of an event: a JSON number or a JSON string that holds one, at most
    /// [`Money::MAX_AMOUNT`] either side of zero.
    ///
    /// # Errors
    /// [`MoneyError`] for everything that is not exactly that.
    pub fn from_json(json: &str) -> Result<Self, MoneyError> {
        let digits = match json.strip_prefix('"') {
            Some(rest) => rest.strip_suffix('"').ok_or(MoneyError::NotANumber)?,
            None => json,
        };
        let amount: Self = digits.parse()?;
        if amount.0.unsigned_abs() > Self::MAX_AMOUNT.0.unsigned_abs() {
            return Err(MoneyError::OutOfRange);
        }
        Ok(amount)
    }

    /// Appends the decimal digits to `out`, as [`Display`](fmt::Display) shows them.
    pub(super) fn write_digits(self, out: &mut Vec<u8>) {
        // Least digit first into a buffer that holds any i64 with sign, point and padding.
        let mut buffer = [0_u8; 24];
        let mut at = buffer.len();
        let mut put = |byte: u8| {
            at -= 1;
            if let Some(slot) = buffer.get_mut(at) {
                *slot = byte;
            }
            at
        };
        let magnitude = self.0.unsigned_abs();
        let (mut whole, mut fraction) = (magnitude / SCALE, magnitude % SCALE);
        let mut decimals = DECIMALS;
        while decimals > 2 && fraction.is_multiple_of(10) {
            fraction /= 10;
            decimals -= 1;
        }
        for _ in 0..decimals {
            put(digit(fraction));
            fraction /= 10;
        }
        put(b'.');
        let mut start = put(digit(whole));
        while whole >= 10 {
            whole /= 10;
            start = put(digit(whole));
        }
        if self.0 < 0 {
            start = put(b'-');
        }
        out.extend_from_slice(buffer.get(start..).unwrap_or_default());
    }
}

/// The last decimal digit of `number` in ASCII.
fn digit(number: u64) -> u8 {
    b'0' + (number % 10) as u8
}

impl FromStr for Money {
    type Err = MoneyError;

    /// Reads `-?digits[.digits]` as JSON writes numbers (no `+`, no leading zeros, no exponent).
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let (negative, digits) = match text.as_bytes() {
            [b'-', digits @ ..] => (true, digits),
            digits => (false, digits),
        };
        let (whole, rest) = take_whole(digits)?;
        let fraction = match rest {
            [] => 0,
            [b'.', decimals @ ..] => take_fraction(decimals)?,
            rest => return Err(unexpected(rest)),
        };
        let magnitude =
            whole.checked_mul(SCALE).and_then(|units| units.checked_add(fraction)).ok_or(MoneyError::OutOfRange)?;
        let units =
            if negative { 0_i64.checked_sub_unsigned(magnitude) } else { 0_i64.checked_add_unsigned(magnitude) };
        units.map(Self).ok_or(MoneyError::OutOfRange)
    }
}

/// Reads the digits before the point; returns what follows them.
fn take_whole(digits: &[u8]) -> Result<(u64, &[u8]), MoneyError> {
    let mut whole = 0_u64;
    let mut rest = digits;
    while let [digit @ b'0'..=b'9', tail @ ..] = rest {
        whole = whole
            .checked_mul(10)
            .and_then(|tens| tens.checked_add(u64::from(digit - b'0')))
            .ok_or(MoneyError::OutOfRange)?;
        rest = tail;
    }
    match digits {
        [b'0', b'0'..=b'9', ..] => Err(MoneyError::NotANumber),
        _ if rest.len() == digits.len() => Err(MoneyError::NotANumber),
        _ => Ok((whole, rest)),
    }
}

/// Reads the digits behind the point as ten-thousandths.
fn take_fraction(decimals: &[u8]) -> Result<u64, MoneyError> {
    if decimals.is_empty() {
        return Err(MoneyError::NotANumber);
    }
    let mut fraction = 0;
    let mut weight = SCALE;
    let mut rest = decimals;
    let mut too_many = false;
    while let [digit @ b'0'..=b'9', tail @ ..] = rest {
        weight /= 10;
        fraction += u64::from(digit - b'0') * weight;
        too_many |= weight == 0 && *digit != b'0';
        rest = tail;
    }
    match rest {
        [] if too_many => Err(MoneyError::TooManyDecimals),
        [] => Ok(fraction),
        rest => Err(unexpected(rest)),
    }
}

/// The error for a character that ends the digits too early.
fn unexpected(rest: &[u8]) -> MoneyError {
    match rest {
        [b'e' | b'E', ..] => MoneyError::Exponent,
        _ => MoneyError::NotANumber,
    }
}

impl fmt::Display for Money {
    /// Decimal with at least two and at most four decimals: `15.30`, `-0.001`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = Vec::with_capacity(24);
        self.write_digits(&mut digits);
        f.pad(std::str::from_utf8(&digits).unwrap_or_default())
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Money {
    /// Reads the decimal string, or a JSON integer. A fractional JSON number is refused, because
    /// it reaches a visitor as a float; event payloads go through [`Money::from_json`] instead.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MoneyVisitor)
    }
}

struct MoneyVisitor;

impl Visitor<'_> for MoneyVisitor {
    type Value = Money;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an amount as a decimal string, such as \"15.30\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Money, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, whole: i64) -> Result<Money, E> {
        let units = whole.checked_mul(SCALE.cast_signed());
        units.map(Money).ok_or_else(|| E::custom(MoneyError::OutOfRange))
    }

    fn visit_u64<E: de::Error>(self, whole: u64) -> Result<Money, E> {
        let whole = i64::try_from(whole).map_err(|_| E::custom(MoneyError::OutOfRange))?;
        self.visit_i64(whole)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_digits_and_nothing_else() {
        let good = [
            ("15.30", 153_000),
            ("\"15.30\"", 153_000),
            ("0", 0),
            ("-0", 0),
            ("0.0001", 1),
            ("12.500000000", 125_000),
            ("-80995.02", -809_950_200),
            ("100000000000", 1_000_000_000_000_000),
            ("0.1", 1_000),
        ];
        for (text, units) in good {
            assert_eq!(Money::from_json(text), Ok(Money(units)), "{text}");
        }
        use MoneyError::{Exponent, NotANumber, OutOfRange, TooManyDecimals};
        let bad = [
            ("0.12345", TooManyDecimals),
            ("0.00001", TooManyDecimals),
            ("1e2", Exponent),
            ("1.5E3", Exponent),
            ("1e400", Exponent),
            ("100000000000.0001", OutOfRange),
            ("9223372036854775807", OutOfRange),
            ("99999999999999999999999999", OutOfRange),
            ("\"NaN\"", NotANumber),
            ("\"Infinity\"", NotANumber),
            ("true", NotANumber),
            ("null", NotANumber),
            ("", NotANumber),
            ("\"", NotANumber),
            ("\"\"", NotANumber),
            ("-", NotANumber),
            (".5", NotANumber),
            ("5.", NotANumber),
            ("05", NotANumber),
            ("+5", NotANumber),
            ("1,50", NotANumber),
            ("1.2.3", NotANumber),
            ("\" 1\"", NotANumber),
            ("0x10", NotANumber),
            ("٣", NotANumber),
        ];
        for (text, error) in bad {
            assert_eq!(Money::from_json(text), Err(error), "{text}");
        }
    }

    #[test]
    fn shows_two_to_four_decimals() {
        for (units, text) in [
            (153_000, "15.30"),
            (10, "0.001"),
            (-1, "-0.0001"),
            (0, "0.00"),
            (125_000, "12.50"),
            (12_345, "1.2345"),
            (i64::MAX, "922337203685477.5807"),
            (i64::MIN, "-922337203685477.5808"),
        ] {
            assert_eq!(Money(units).to_string(), text);
        }
        assert_eq!(format!("{:>8}", Money(153_000)), "   15.30");
    }

    #[test]
    fn serde_never_meets_a_float() {
        assert_eq!(serde_json::to_string(&Money(153_000)).unwrap(), "\"15.30\"");
        assert_eq!(serde_json::from_str::<Money>("\"15.3\"").unwrap(), Money(153_000));
        assert_eq!(serde_json::from_str::<Money>("15").unwrap(), Money(150_000));
        assert!(serde_json::from_str::<Money>("15.3").is_err());
        assert!(serde_json::from_str::<Money>("18446744073709551615").is_err());
    }

    proptest! {
        #[test]
        fn every_amount_survives_its_text(units: i64) {
            prop_assert_eq!(Money(units).to_string().parse(), Ok(Money(units)));
        }

        #[test]
        fn parsing_agrees_with_integers(whole in 0_i64..100_000_000, fraction in 0_i64..10_000, negative: bool) {
            let sign = if negative { "-" } else { "" };
            let units = whole * 10_000 + fraction;
            let text = format!("{sign}{whole}.{fraction:04}");
            prop_assert_eq!(Money::from_json(&text), Ok(Money(if negative { -units } else { units })));
        }

        #[test]
        fn any_text_is_an_answer_not_a_panic(text: String) {
            let _ = Money::from_json(&text);
        }
    }
}
