//! Table operators against results recorded from Kafka Streams; each test names the rule it shows.

mod grouped_tables;
mod tables;
