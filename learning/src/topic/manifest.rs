//! What stands behind the chunks of a model.

use serde::{Deserialize, Serialize};
use tillstream_models::events::payload_hash;

/// What stands behind the chunks of a model: it is complete, and of these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// The model.
    pub name: String,
    /// Its version.
    pub version: u64,
    /// How many chunks it has.
    pub chunks: u32,
    /// Their bytes together.
    pub bytes: u64,
    /// XXH3 of all bytes, as 16 hexadecimal digits.
    pub xxh3: String,
}

impl Manifest {
    pub(super) fn of(name: &str, version: u64, chunks: u32, bytes: &[u8]) -> Self {
        Self {
            name: name.to_owned(),
            version,
            chunks,
            bytes: bytes.len() as u64,
            xxh3: format!("{:016x}", payload_hash(bytes)),
        }
    }

    /// Whether these are the bytes.
    pub(super) fn fits(&self, bytes: &[u8]) -> bool {
        *self == Self::of(&self.name, self.version, self.chunks, bytes)
    }
}
