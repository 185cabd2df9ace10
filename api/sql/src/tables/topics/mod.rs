//! `topic_*`: the records of the topics, straight from the log.

mod events;
mod reading;
mod record;

pub(super) use reading::visit;
pub(super) use record::LogRecord;

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use tillstream_processors::Topics;

use super::column::Column;
use super::{About, Batches, Sink, State, Table, Wanted};
use crate::error::SqlError;

/// The records of one topic.
#[derive(Debug)]
struct Topic {
    topic: String,
    columns: &'static [Column<LogRecord>],
    about: About,
    schema: SchemaRef,
}

/// One table a topic.
pub(super) fn tables(topics: &Topics) -> Vec<Arc<dyn Table>> {
    let tables = [
        (&topics.orders, events::ORDERS),
        (&topics.inventory, events::INVENTORY),
        (&topics.payments, events::PAYMENTS),
        (&topics.user_activity, events::ACTIVITY),
        (&topics.order_updates, events::ORDERS),
        (&topics.compensations, events::PAYMENTS),
        (&topics.notifications, events::NOTIFICATIONS),
        (&topics.products, events::PRODUCTS),
        (&topics.models, record::COLUMNS),
        (&topics.revenue_by_hour, record::COLUMNS),
        (&topics.revenue_by_day, record::COLUMNS),
        (&topics.dead_letters, record::COLUMNS),
    ];
    tables.into_iter().map(|(topic, columns)| Arc::new(Topic::new(topic, columns)) as Arc<dyn Table>).collect()
}

impl Topic {
    fn new(topic: &str, columns: &'static [Column<LogRecord>]) -> Self {
        let name = format!("topic_{}", topic.replace(|sign: char| !sign.is_ascii_alphanumeric(), "_").to_lowercase());
        let comment = format!("The records of the topic {topic}, straight from the log.");
        let about = About::new(name, &comment, columns, 2, &["partition", "offset"]).in_parts(2);
        Self { topic: topic.to_owned(), columns, schema: about.schema(), about }
    }
}

impl Table for Topic {
    fn about(&self) -> &About {
        &self.about
    }

    fn scan(&self, state: &State, wanted: &Wanted, sink: &mut dyn Sink) -> Result<(), SqlError> {
        let mut batches = Batches::new(&self.schema, self.columns, wanted, sink);
        visit(state, &self.topic, wanted, &mut batches, |record, batches| batches.push(&record))?;
        batches.finish()
    }
}
