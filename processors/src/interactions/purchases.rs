//! What sales say about their customer.

use std::sync::Arc;

use tillstream_topology::{ProcessError, Processor, ProcessorContext, Record};

use super::history::History;
use super::touch::{Touch, TouchKind};
use crate::co_purchase::BasketRules;
use crate::sales::{Line, SaleKind, SalesFact};

/// Sends the lines of a sale to the row of its customer. Guests are nobody one meets again; what was cancelled before it was
/// a sale never was one; what cost nothing was not chosen.
pub(super) struct Purchases {
    pub(super) rules: BasketRules,
}

impl Processor<Arc<str>, SalesFact, Arc<str>, History> for Purchases {
    fn process(
        &mut self,
        record: Record<Arc<str>, SalesFact>,
        context: &mut ProcessorContext<'_, Arc<str>, History>,
    ) -> Result<(), ProcessError> {
        let Record { value: SalesFact { kind, user_id, lines, .. }, timestamp: at_ms, .. } = record;
        let kind = match kind {
            SaleKind::Sold => TouchKind::Bought,
            SaleKind::Returned | SaleKind::Voided => TouchKind::Returned,
            SaleKind::Cancelled => return Ok(()),
        };
        let Some(user) = user_id.filter(|user| self.rules.is_customer(user)) else { return Ok(()) };
        let bought = |line: &&Line| line.amount.units() > 0 && self.rules.is_product(&line.product_id);
        let touch = |line: &Line| {
            let units = u32::try_from(line.quantity).unwrap_or(0);
            (Arc::clone(&line.product_id), Touch { at_ms, kind, units })
        };
        let touches: History = lines.iter().filter(bought).map(touch).collect();
        if touches.is_empty() { Ok(()) } else { context.forward(Record::new(user, touches, at_ms)) }
    }
}
