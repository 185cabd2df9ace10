//! The test driver: a whole topology in one task, stepped record by record.

mod heads;
#[cfg(test)]
pub(crate) mod script;
mod test_driver;
mod topics;

pub use test_driver::{DriverError, DriverOptions, TopologyTestDriver};
pub use topics::{Produced as ProducedRecord, TestTopic};
