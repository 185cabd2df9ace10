//! What a processor sees: the record, its context, and the clocks that drive punctuators.

mod context;
mod error;
mod forward;
mod outputs;
mod processing;
mod punctuator;
mod raw;
mod record;

pub(crate) use context::Sender;
pub use context::{Context, Dropped, RecordMetadata};
pub use error::ProcessError;
pub(crate) use forward::{Children, Forward, Shared, closure_node};
pub(crate) use outputs::Destination;
pub use outputs::{OutputRecord, Outputs};
pub use processing::{InitContext, Processor, ProcessorContext};
pub(crate) use punctuator::Punctuations;
pub use punctuator::{Punctuation, PunctuationType};
pub use raw::{RawRecord, TopicPartition};
pub use record::Record;
