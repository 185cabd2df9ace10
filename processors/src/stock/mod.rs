//! The stock of each product, from what the inventory service adjusts and counts; how fast it sells, and when it will be out.
//!
//! The level is the inventory service's own: it takes stock out when it reserves for an order (`StockAdjusted`, cause `sale`),
//! and when the saga asks it to give a reservation back (`ReleaseInventory`), it answers with `InventoryReleased` for the order
//! and with `StockAdjusted`, cause `release`, for each product. So an order that is cancelled is out of the level again as soon as
//! the inventory service has done what it was asked; nothing is guessed here before.

mod demand;
mod forecast;
mod level;
mod read;
mod watch;

pub use demand::Demand;
pub use forecast::Forecast;
pub use level::Stock;
pub use read::{StockOut, StockPage};
pub use watch::Told;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use tillstream_models::events::{Event as _, InventoryEvent, Notification};
use tillstream_stores::{
    Headers, KeyValueBuilder, KeyValueStore, StoreOptions, ValueAndTimestamp, WindowBuilder, WindowOptions, arc_str,
    json, u64_be,
};
use tillstream_topology::{KStream, ProcessError, Processor, ProcessorContext, Produced, Record, StreamsBuilder};

use crate::ShopSettings;
use crate::deduplicate::Deduplicate;
use crate::received::{Received, event};
use watch::Watch;

/// Store of the stock of each product, by product id.
pub const STOCK: &str = "stock";
pub(crate) const STOCK_EVENT_IDS: &str = "stock-event-ids";

/// Adds up what is said about each product's stock, each event once, and tells operations what runs out.
pub(crate) fn wire(
    builder: &StreamsBuilder,
    events: &KStream<Arc<str>, Received<InventoryEvent>>,
    settings: &ShopSettings,
) {
    let (horizon_ms, watch) = (settings.deduplication_horizon_ms, Watch::new(settings));
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
        .process_values(&[STOCK], move |context| Ok(StockLevels { stock: context.store(&stock)?, watch }))
        .named("stock-to-operations")
        .select_key(|_, notice: &Notification| Arc::<str>::from(notice.key()))
        .to(&settings.topics.notifications, Produced::with(arc_str(), event()));
}

/// Keeps the row of each product, and tells what there is to tell about it.
struct StockLevels {
    stock: Rc<RefCell<KeyValueStore<Arc<str>, Stock>>>,
    watch: Watch,
}

impl Processor<Arc<str>, Received<InventoryEvent>, Arc<str>, Notification> for StockLevels {
    fn process(
        &mut self,
        record: Record<Arc<str>, Received<InventoryEvent>>,
        context: &mut ProcessorContext<'_, Arc<str>, Notification>,
    ) -> Result<(), ProcessError> {
        let (event, at) = (&record.value.event, record.timestamp);
        let mut notices = [None, None];
        self.stock.borrow_mut().update(&record.key, &Headers::default(), |row| {
            let (stock, time) = row.map_or_else(|| (Stock::default(), at), |row| (row.value, row.timestamp.max(at)));
            let mut stock = stock.after(event, at, self.watch.half_life_ms())?;
            notices = self.watch.look(&record.key, &mut stock, event.event_id(), at);
            Ok::<_, ProcessError>(Some(ValueAndTimestamp::new(stock, time)))
        })?;
        let mut told = notices.into_iter().flatten();
        told.try_for_each(|notice| {
            context.forward(Record::new(Arc::clone(&record.key), notice, at).with_headers(&record.headers))
        })
    }
}
