//! The figures of a window: money and counts, added up exactly.

use std::sync::Arc;

use serde::Serialize;
use tillstream_models::events::Money;
use tillstream_stores::{Serde, SerdeError, SharedSerde};

/// What was sold, came back and was cancelled, in one currency. Whatever comes back is counted positive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    /// Worth of the lines sold.
    pub gross: Money,
    /// Worth of the lines that came back or were taken back.
    pub refunds: Money,
    /// Units sold.
    pub units: i64,
    /// Units that came back or were taken back.
    pub refunded_units: i64,
    /// Confirmed orders, at the time they were placed.
    pub orders: i64,
    /// Orders cancelled, at the time they were.
    pub cancellations: i64,
}

impl Figures {
    /// Both added up; `None` on overflow.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Some(Self {
            gross: self.gross.checked_add(other.gross)?,
            refunds: self.refunds.checked_add(other.refunds)?,
            units: self.units.checked_add(other.units)?,
            refunded_units: self.refunded_units.checked_add(other.refunded_units)?,
            orders: self.orders.checked_add(other.orders)?,
            cancellations: self.cancellations.checked_add(other.cancellations)?,
        })
    }

    /// What remains: gross less refunds; `None` on overflow.
    #[must_use]
    pub fn revenue(self) -> Option<Money> {
        self.gross.checked_sub(self.refunds)
    }

    /// Gross by order, rounded half up to 1/10,000; `None` without orders.
    #[must_use]
    pub fn average_order_value(self) -> Option<Money> {
        let orders = i128::from(self.orders);
        if orders <= 0 {
            return None;
        }
        let twice = i128::from(self.gross.units()).checked_mul(2)?.checked_add(orders)?;
        i64::try_from(twice.div_euclid(orders.checked_mul(2)?)).ok().map(Money::from_units)
    }
}

/// The version of the layout, then six integers of eight bytes, big endian.
const VERSION: u8 = 1;

struct FiguresSerde;

/// Figures in 49 bytes.
#[must_use]
pub fn figures_serde() -> SharedSerde<Figures> {
    Arc::new(FiguresSerde)
}

impl Serde<Figures> for FiguresSerde {
    fn serialize(&self, figures: &Figures, out: &mut Vec<u8>) -> Result<bool, SerdeError> {
        let Figures { gross, refunds, units, refunded_units, orders, cancellations } = *figures;
        out.push(VERSION);
        for number in [gross.units(), refunds.units(), units, refunded_units, orders, cancellations] {
            out.extend_from_slice(&number.to_be_bytes());
        }
        Ok(true)
    }

    fn deserialize(&self, bytes: Option<&[u8]>) -> Result<Figures, SerdeError> {
        let unreadable = || SerdeError::new("invalid_figures", "not the 49 bytes of figures of version 1");
        bytes.and_then(decode).ok_or_else(unreadable)
    }
}

fn decode(bytes: &[u8]) -> Option<Figures> {
    let (&VERSION, numbers) = bytes.split_first()? else { return None };
    let (numbers, []) = numbers.as_chunks::<8>() else { return None };
    let &[gross, refunds, units, refunded_units, orders, cancellations] = numbers else { return None };
    Some(Figures {
        gross: Money::from_units(i64::from_be_bytes(gross)),
        refunds: Money::from_units(i64::from_be_bytes(refunds)),
        units: i64::from_be_bytes(units),
        refunded_units: i64::from_be_bytes(refunded_units),
        orders: i64::from_be_bytes(orders),
        cancellations: i64::from_be_bytes(cancellations),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOME: Figures = Figures {
        gross: Money::from_units(153_000),
        refunds: Money::from_units(-1),
        units: 6,
        refunded_units: i64::MIN,
        orders: 1,
        cancellations: i64::MAX,
    };

    #[test]
    fn the_bytes_of_version_1_do_not_change() {
        let mut out = Vec::new();
        figures_serde().serialize(&SOME, &mut out).unwrap();
        assert_eq!(out.len(), 49);
        assert_eq!(out[..9], [1, 0, 0, 0, 0, 0, 2, 0x55, 0xa8]);
        assert_eq!(out[25..33], [0x80, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(figures_serde().deserialize(Some(&out)).unwrap(), SOME);
        for bad in [&out[..48], &[&out[..], &[0]].concat(), &[&[2], &out[1..]].concat(), &[]] {
            assert_eq!(figures_serde().deserialize(Some(bad)).unwrap_err().class(), "invalid_figures");
        }
    }

    #[test]
    fn sums_do_not_wrap() {
        assert_eq!(SOME.checked_add(SOME), None);
        let twice = Figures { cancellations: 0, refunded_units: 0, ..SOME };
        assert_eq!(twice.checked_add(twice).unwrap().gross, Money::from_units(306_000));
    }

    #[test]
    fn the_average_is_rounded_half_up() {
        let average = |units, orders| {
            Figures { gross: Money::from_units(units), orders, ..Figures::default() }.average_order_value()
        };
        assert_eq!(average(10, 4), Some(Money::from_units(3)));
        assert_eq!(average(9, 4), Some(Money::from_units(2)));
        assert_eq!(average(i64::MAX, 1), Some(Money::from_units(i64::MAX)));
        assert_eq!(average(10, 0), None);
    }
}
