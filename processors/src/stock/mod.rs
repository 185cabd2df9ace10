//! The stock of each product, from what the inventory service adjusts and counts.

mod level;
mod read;

pub use level::Stock;
pub use read::StockPage;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use tillstream_models::events::InventoryEvent;
use tillstream_stores::{
    Headers, KeyValueBuilder, KeyValueStore, StoreOptions, ValueAndTimestamp, WindowBuilder, WindowOptions, arc_str,
    json, u64_be,
};
use tillstream_topology::{KStream, ProcessError, Processor, ProcessorContext, Record, StreamsBuilder};

use crate::ShopSettings;
use crate::deduplicate::Deduplicate;
use crate::received::Received;

/// Store of the stock of each product, by product id.
pub const STOCK: &str = "stock";
pub(crate) const STOCK_EVENT_IDS: &str = "stock-event-ids";

/// Adds up what is said about each product's stock; repeats are dropped.
pub(crate) fn wire(
    builder: &StreamsBuilder,
    events: &KStream<Arc<str>, Received<InventoryEvent>>,
    settings: &ShopSettings,
) {
    let horizon_ms = settings.deduplication_horizon_ms;
    // A repeat may carry a time up to one horizon before or behind the first: both must still be in the store.
    let windows =
        WindowOptions { retention_ms: horizon_ms.saturating_mul(2), window_size_ms: 1, retain_duplicates: false };
    let seen =
        builder.add_window_store(WindowBuilder::new(StoreOptions::new(STOCK_EVENT_IDS), windows, u64_be(), u64_be()));
    let stock = builder.add_key_value_store(KeyValueBuilder::new(StoreOptions::new(STOCK), arc_str(), json()));
    events
        .named("stock-deduplicate")
        .process_values(&[STOCK_EVENT_IDS], move |context| Ok(Deduplicate { seen: context.store(&seen)?, horizon_ms }))
        .named("stock-levels")
        .process_values::<(), _>(&[STOCK], move |context| Ok(StockLevels { stock: context.store(&stock)? }));
}

/// Keeps the row of each product.
struct StockLevels {
    stock: Rc<RefCell<KeyValueStore<Arc<str>, Stock>>>,
}

impl Processor<Arc<str>, Received<InventoryEvent>, Arc<str>, ()> for StockLevels {
    fn process(
        &mut self,
        record: Record<Arc<str>, Received<InventoryEvent>>,
        _context: &mut ProcessorContext<'_, Arc<str>, ()>,
    ) -> Result<(), ProcessError> {
        let (event, at) = (&record.value.event, record.timestamp);
        self.stock.borrow_mut().update(&record.key, &Headers::default(), |row| {
            let (stock, time) = row.map_or_else(|| (Stock::default(), at), |row| (row.value, row.timestamp.max(at)));
            Ok(Some(ValueAndTimestamp::new(stock.after(event, at)?, time)))
        })
    }
}
