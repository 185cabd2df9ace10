//! Joins against results recorded from Kafka Streams; each test names the rule it shows.

mod stream_stream;
mod stream_table;
mod table_table;
mod waiting;
mod watermark;
