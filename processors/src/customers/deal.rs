//! What a sale says about its customer, on its way to her rows.

use std::sync::Arc;

use tillstream_models::events::{Currency, Money};
use tillstream_stores::{Serde, SerdeError, SharedSerde};

use crate::interactions::{History, history_serde};
use crate::sales::SaleKind;
use crate::varint::{put_i64, put_text, take_i64, take_text};

/// What a sale, a return or a sale taken back says about its customer; its time is that of its record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Deal {
    /// What happened.
    pub(crate) kind: SaleKind,
    /// When the order was placed, epoch ms, when known.
    pub(crate) placed_at_ms: Option<i64>,
    /// The currency of the amount.
    pub(crate) currency: Currency,
    /// What all lines are worth.
    pub(crate) amount: Money,
    /// What it says about the products.
    pub(crate) touches: History,
}

/// The first byte; a reader refuses any other.
const VERSION: u8 = 1;
const KINDS: [SaleKind; 4] = [SaleKind::Sold, SaleKind::Returned, SaleKind::Cancelled, SaleKind::Voided];

struct DealSerde(SharedSerde<History>);

/// Version, kind, when placed (absent as the least number), currency, amount, touches.
pub(crate) fn deal_serde() -> SharedSerde<Deal> {
    Arc::new(DealSerde(history_serde()))
}

impl Serde<Deal> for DealSerde {
    fn serialize(&self, deal: &Deal, out: &mut Vec<u8>) -> Result<bool, SerdeError> {
        out.extend([VERSION, deal.kind as u8]);
        put_i64(deal.placed_at_ms.unwrap_or(i64::MIN), out);
        put_text(deal.currency.as_str(), out);
        put_i64(deal.amount.units(), out);
        self.0.serialize(&deal.touches, out)
    }

    fn deserialize(&self, bytes: Option<&[u8]>) -> Result<Deal, SerdeError> {
        let invalid = || SerdeError::new("invalid_deal", "not what a sale says about its customer");
        let (mut deal, touches) = bytes.and_then(decode).ok_or_else(invalid)?;
        deal.touches = self.0.deserialize(Some(touches))?;
        Ok(deal)
    }
}

fn decode(bytes: &[u8]) -> Option<(Deal, &[u8])> {
    let (&[version, kind], mut bytes) = bytes.split_first_chunk()?;
    let kind = *KINDS.get(usize::from(kind)).filter(|_| version == VERSION)?;
    let placed_at_ms = Some(take_i64(&mut bytes)?).filter(|at| *at != i64::MIN);
    let currency = take_text(&mut bytes)?.parse().ok()?;
    let amount = Money::from_units(take_i64(&mut bytes)?);
    Some((Deal { kind, placed_at_ms, currency, amount, touches: History::default() }, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interactions::{Touch, TouchKind};

    #[test]
    fn deals_round_trip_and_the_bytes_of_version_1_do_not_change() {
        let touch = Touch { at_ms: 5, kind: TouchKind::Bought, units: 2 };
        let deal = Deal {
            kind: SaleKind::Voided,
            placed_at_ms: Some(-2),
            currency: Currency::GBP,
            amount: Money::from_units(300),
            touches: std::iter::once(("a".into(), touch)).collect(),
        };
        let bytes = |deal: &Deal| {
            let mut out = Vec::new();
            deal_serde().serialize(deal, &mut out).unwrap();
            out
        };
        assert_eq!(bytes(&deal), [&[1, 3, 3, 3][..], b"GBP", &[0xd8, 4, 1, 1], b"a", &[1, 3, 10, 2]].concat());
        let unknown = Deal { placed_at_ms: None, ..deal.clone() };
        for deal in [deal, unknown] {
            assert_eq!(deal_serde().deserialize(Some(&bytes(&deal))).unwrap(), deal);
        }
        for junk in
            [&b""[..], b"\x02\x00\x00\x03GBP\x00\x01", b"\x01\x09\x00\x03GBP\x00\x01", b"\x01\x00\x00\x03XXX\x00\x01"]
        {
            assert!(deal_serde().deserialize(Some(junk)).is_err(), "{junk:?}");
        }
    }
}
