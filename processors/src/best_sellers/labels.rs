//! Names and categories of products, as the latest sale that changed them knew them.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tillstream_stores::{
    Headers, KeyValueBuilder, KeyValueStore, StoreOptions, ValueAndTimestamp, arc_str, json, nullable,
};
use tillstream_topology::{
    Grouped, KStream, Materialized, ProcessError, Processor, ProcessorContext, Record, StreamsBuilder,
};

use crate::read::{Answers, ReadError, rows};
use crate::sales::{SaleKind, SalesFact};
use crate::shared_text;

/// Store of the names and categories of products, by product id.
pub const PRODUCTS: &str = "products";
pub(crate) const SENT_LABELS: &str = "sent-product-labels";

/// What a product is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Label {
    /// Time of the sale that called it so first, epoch ms. First here, so that labels compare by time.
    pub at_ms: i64,
    /// Its name.
    #[serde(with = "shared_text")]
    pub name: Arc<str>,
    /// Its category.
    #[serde(with = "shared_text")]
    pub category: Arc<str>,
}

/// Keeps the latest label of each product. Of two at one time the greater text wins, so that the result does not depend on
/// which was read first.
pub(crate) fn wire(builder: &StreamsBuilder, sales: &KStream<Arc<str>, SalesFact>) {
    let options = StoreOptions::new(SENT_LABELS);
    let sent = builder.add_key_value_store(KeyValueBuilder::new(options, arc_str(), json()));
    sales
        .named("sold")
        .filter(|_, fact| fact.kind == SaleKind::Sold)
        .named("changed-labels")
        .process(&[SENT_LABELS], move |context| Ok(ChangedLabels { sent: context.store(&sent)? }))
        .group_by_key(Grouped::with(arc_str(), json()).named(PRODUCTS))
        .aggregate_merging(
            || None,
            |_, label, latest| Ok(latest.max(Some(label))),
            |_, latest, partial| Ok(latest.max(partial)),
            Materialized::<Option<Label>>::named_with(PRODUCTS, nullable(json())),
        );
}

/// Labels that differ from those sent before: nearly all lines call their product what it was called already.
struct ChangedLabels {
    sent: Rc<RefCell<KeyValueStore<Arc<str>, Label>>>,
}

impl Processor<Arc<str>, SalesFact, Arc<str>, Label> for ChangedLabels {
    fn process(
        &mut self,
        record: Record<Arc<str>, SalesFact>,
        context: &mut ProcessorContext<'_, Arc<str>, Label>,
    ) -> Result<(), ProcessError> {
        let at_ms = record.timestamp;
        for line in record.value.lines.iter() {
            let mut sent = self.sent.borrow_mut();
            let known = sent.get(&line.product_id)?.map(|row| &row.value);
            if known.is_some_and(|label| label.name == line.name && label.category == line.category) {
                continue;
            }
            let label = Label { at_ms, name: Arc::clone(&line.name), category: Arc::clone(&line.category) };
            sent.put(&line.product_id, Some(ValueAndTimestamp::new(label.clone(), at_ms)), &Headers::default())?;
            drop(sent);
            let label = Record::new(Arc::clone(&line.product_id), label, at_ms);
            context.forward(label.with_headers(&record.headers))?;
        }
        Ok(())
    }
}

impl Answers {
    /// What a product is called; `None` when it was never sold.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`], [`ReadError::Store`].
    pub fn label(&self, product_id: &str) -> Result<Option<Label>, ReadError> {
        let task = rows::holder_of(self.query(), PRODUCTS, product_id)?;
        let row = rows::key_values(&task, PRODUCTS, arc_str(), json(), |view| view.get(&product_id.into()))?;
        Ok(row.map(|row| row.value))
    }
}
