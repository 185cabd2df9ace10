//! Models as records of a compacted topic: the bytes in chunks no larger than a record may be, and behind them a manifest,
//! all in one transaction and one partition. Keys are used again by the next version, so that the topic holds one model.

mod assembler;
mod manifest;
mod publish;

pub use assembler::Assembler;
pub use manifest::Manifest;
pub use publish::{Publication, publish};

/// The name of the one kind of model there is: the key of its manifest. Chunks have `als/0`, `als/1`, …
pub const MODEL: &str = "als";

fn chunk_key(number: u32) -> String {
    format!("{MODEL}/{number}")
}
