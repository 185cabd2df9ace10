//! What sales say about their customer, sent to her rows.

use std::sync::Arc;

use tillstream_models::events::Money;
use tillstream_topology::{ProcessError, Processor, ProcessorContext, Record};

use super::touch::{Touch, TouchKind};
use crate::co_purchase::BasketRules;
use crate::customers::Deal;
use crate::sales::{Line, SaleKind, SalesFact, overflow};

/// Sends a sale to the rows of its customer: its worth, and the products. Guests are nobody one meets again; what was cancelled
/// before it was a sale never was one; what cost nothing was not chosen.
pub(super) struct Purchases {
    pub(super) rules: BasketRules,
}

impl Processor<Arc<str>, SalesFact, Arc<str>, Deal> for Purchases {
    fn process(
        &mut self,
        record: Record<Arc<str>, SalesFact>,
        context: &mut ProcessorContext<'_, Arc<str>, Deal>,
    ) -> Result<(), ProcessError> {
        let Record { value, timestamp: at_ms, headers, .. } = record;
        let SalesFact { kind, user_id, currency, placed_at_ms, lines, .. } = value;
        let touch_kind = match kind {
            SaleKind::Sold => TouchKind::Bought,
            SaleKind::Returned | SaleKind::Voided => TouchKind::Returned,
            SaleKind::Cancelled => return Ok(()),
        };
        let Some(user) = user_id.filter(|user| self.rules.is_customer(user)) else { return Ok(()) };
        let bought = |line: &&Line| line.amount.units() > 0 && self.rules.is_product(&line.product_id);
        let touch = |line: &Line| {
            let units = u32::try_from(line.quantity).unwrap_or(0);
            (Arc::clone(&line.product_id), Touch { at_ms, kind: touch_kind, units })
        };
        let amount = lines.iter().try_fold(Money::default(), |sum, line| sum.checked_add(line.amount));
        let amount = amount.ok_or_else(|| overflow("the sum of the lines"))?;
        let touches = lines.iter().filter(bought).map(touch).collect();
        let deal = Deal { kind, placed_at_ms, currency, amount, touches };
        context.forward(Record::new(user, deal, at_ms).with_headers(&headers))
    }
}
