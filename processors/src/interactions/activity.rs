//! What the web shop's events say about their visitor.

use std::sync::Arc;

use tillstream_models::events::ActivityEvent;
use tillstream_topology::{ProcessError, Processor, ProcessorContext, Record};

use super::history::History;
use super::touch::{Touch, TouchKind};
use crate::co_purchase::BasketRules;
use crate::received::Received;

/// Turns views, carts and clicks into touches. Sessions of nobody in particular are passed over: their list is asked for with what
/// they have looked at.
pub(super) struct Touches {
    pub(super) rules: BasketRules,
}

impl Processor<Arc<str>, Received<ActivityEvent>, Arc<str>, History> for Touches {
    fn process(
        &mut self,
        record: Record<Arc<str>, Received<ActivityEvent>>,
        context: &mut ProcessorContext<'_, Arc<str>, History>,
    ) -> Result<(), ProcessError> {
        let Record { key, value: Received { event, .. }, timestamp: at_ms, headers } = record;
        let (kind, product, units) = match &event {
            ActivityEvent::ProductViewed(viewed) => (TouchKind::Viewed, &viewed.product_id, 1),
            ActivityEvent::CartItemAdded(item) => (TouchKind::CartAdded, &item.product_id, item.quantity),
            ActivityEvent::CartItemRemoved(item) => (TouchKind::CartRemoved, &item.product_id, item.quantity),
            ActivityEvent::RecommendationClicked(clicked) => (TouchKind::Clicked, &clicked.product_id, 1),
            _ => return Ok(()),
        };
        let product: Arc<str> = Arc::from(&**product);
        if event.visitor().user_id.is_none() || !self.rules.is_product(&product) {
            return Ok(());
        }
        let touch = Touch { at_ms, kind, units: u32::try_from(units).unwrap_or(0) };
        let touches = std::iter::once((product, touch)).collect();
        context.forward(Record::new(key, touches, at_ms).with_headers(&headers))
    }
}
