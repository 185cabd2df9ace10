//! What a task knows about its committed state besides the rows: how far its inputs and changelogs were read.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::rocks::{Batch, Database, ScanRange};
use crate::{Error, Position};

/// Version of everything written to a task's directory.
pub(crate) const FORMAT_VERSION: u32 = 1;

/// Column of the task's own entries; not a legal store name, so that no store can take it.
pub(crate) const META_COLUMN: &str = "@meta";

const FORMAT_KEY: &[u8] = b"format";
const POSITION_KEY: &[u8] = b"position";
const OFFSET_PREFIX: &str = "offset/";
const TIME_PREFIX: &str = "time/";
const STORE_PREFIX: &str = "store/";

/// The state's metadata as of the last commit.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Meta {
    /// Next changelog offset by store.
    pub(crate) offsets: BTreeMap<String, i64>,
    pub(crate) position: Position,
    pub(crate) times: BTreeMap<String, i64>,
    /// Each store's own metadata.
    pub(crate) stores: BTreeMap<String, Vec<u8>>,
}

/// Reads the metadata column; `None` in a database that was never committed to.
pub(crate) fn read(database: &Database) -> Result<Option<Meta>, Error> {
    let path = database.path();
    let Some(format) = database.get(META_COLUMN, FORMAT_KEY, <[u8]>::to_vec)? else { return Ok(None) };
    let found = u32::from_be_bytes(exact(path, "format", &format)?);
    if found != FORMAT_VERSION {
        return Err(Error::Format { path: path.to_path_buf(), found, supported: FORMAT_VERSION });
    }
    let mut entries = Vec::new();
    database.scan(META_COLUMN, &ScanRange::all(), |key, value| {
        entries.push((key.to_vec(), value.to_vec()));
        std::ops::ControlFlow::Continue(())
    })?;
    let mut meta = Meta::default();
    for (key, value) in entries {
        meta.take_entry(path, &key, value)?;
    }
    Ok(Some(meta))
}

impl Meta {
    fn take_entry(&mut self, path: &Path, key: &[u8], value: Vec<u8>) -> Result<(), Error> {
        let name = std::str::from_utf8(key).map_err(|_| damaged(path, "a metadata key is not text"))?;
        if key == POSITION_KEY {
            let text = std::str::from_utf8(&value).ok().and_then(|text| text.parse().ok());
            self.position = text.ok_or_else(|| damaged(path, "the input position is unreadable"))?;
        } else if let Some(store) = name.strip_prefix(OFFSET_PREFIX) {
            self.offsets.insert(store.to_owned(), i64::from_be_bytes(exact(path, name, &value)?));
        } else if let Some(time) = name.strip_prefix(TIME_PREFIX) {
            self.times.insert(time.to_owned(), i64::from_be_bytes(exact(path, name, &value)?));
        } else if let Some(store) = name.strip_prefix(STORE_PREFIX) {
            self.stores.insert(store.to_owned(), value);
        }
        Ok(())
    }

    /// Adds to `batch` what differs from `before`; `volatile` says whether a store's rows are in memory only.
    pub(crate) fn write_changes(&self, before: &Self, volatile: impl Fn(&str) -> bool, batch: &mut Batch) {
        batch.put(META_COLUMN, FORMAT_KEY, &FORMAT_VERSION.to_be_bytes());
        if self.position != before.position {
            batch.put(META_COLUMN, POSITION_KEY, self.position.to_string().as_bytes());
        }
        let numbers = [(OFFSET_PREFIX, &self.offsets, &before.offsets), (TIME_PREFIX, &self.times, &before.times)];
        for (prefix, now, before) in numbers {
            let changed = now.iter().filter(|(name, value)| before.get(*name) != Some(value));
            // The offset of a store in memory must not outlive the memory.
            for (name, value) in changed.filter(|(name, _)| prefix != OFFSET_PREFIX || !volatile(name)) {
                batch.put(META_COLUMN, format!("{prefix}{name}").as_bytes(), &value.to_be_bytes());
            }
        }
        for (name, value) in
            self.stores.iter().filter(|(name, value)| !volatile(name) && before.stores.get(*name) != Some(value))
        {
            batch.put(META_COLUMN, format!("{STORE_PREFIX}{name}").as_bytes(), value);
        }
    }
}

fn exact<const N: usize>(path: &Path, name: &str, value: &[u8]) -> Result<[u8; N], Error> {
    value
        .try_into()
        .map_err(|_| damaged(path, format!("metadata entry {name} has {} bytes instead of {N}", value.len())))
}

pub(crate) fn damaged(path: &Path, detail: impl Into<String>) -> Error {
    Error::Damaged { path: path.to_path_buf(), detail: detail.into() }
}
