//! With what options a database is opened, and what is refused.

use std::collections::BTreeSet;
use std::path::Path;

use rocksdb::{ColumnFamilyDescriptor, DBRecoveryMode, LogLevel, Options};

use super::{Column, ColumnKind, Db, Error, Resources};

/// A directory with table files but without `CURRENT` would be taken for a new one and its files removed.
pub(super) fn refuse_headless(path: &Path) -> Result<(), Error> {
    let Ok(entries) = std::fs::read_dir(path) else {
        return Ok(());
    };
    if path.join("CURRENT").exists() {
        return Ok(());
    }
    let orphan = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).find(|name| {
        name.starts_with("MANIFEST-") || name.rsplit_once('.').is_some_and(|(_, kind)| matches!(kind, "sst" | "log"))
    });
    match orphan {
        Some(name) => {
            Err(Error::Corrupt { path: path.to_path_buf(), detail: format!("there is {name} but no CURRENT") })
        }
        None => Ok(()),
    }
}

pub(super) fn descriptors(
    path: &Path,
    columns: &[Column],
    resources: &Resources,
) -> Result<Vec<ColumnFamilyDescriptor>, Error> {
    let mut existing: BTreeSet<String> = if path.join("CURRENT").exists() {
        Db::list_cf(&Options::default(), path).map_err(|error| Error::opening(path, error))?.into_iter().collect()
    } else {
        BTreeSet::new()
    };
    existing.insert(rocksdb::DEFAULT_COLUMN_FAMILY_NAME.to_owned());
    for column in columns {
        existing.remove(&column.name);
    }
    let named = columns.iter().map(|column| (column.name.clone(), column.kind));
    let kept = existing.into_iter().map(|name| (name, ColumnKind::Meta));
    Ok(named.chain(kept).map(|(name, kind)| ColumnFamilyDescriptor::new(name, kind.options(resources))).collect())
}

pub(super) fn database_options(columns: &[Column], resources: &Resources) -> Options {
    let holds_log = columns.iter().any(|column| column.kind == ColumnKind::Log);
    // Space is taken when it is written to: fifty databases that each reserve a write-ahead log would hold two gigabytes of
    // disk for some megabytes of rows. The option has no setter of its own.
    let mut options = Options::default().get_options_from_string("allow_fallocate=false").unwrap_or_default();
    options.create_if_missing(true);
    options.create_missing_column_families(true);
    options.set_write_buffer_manager(&resources.write_buffers);
    options.set_max_open_files(resources.max_open_files);
    options.set_max_background_jobs(background_jobs());
    // A column that is seldom written keeps old write-ahead logs alive; past this it is flushed.
    options.set_max_total_wal_size(256 << 20);
    // A state directory has one writer; only a log is written by many threads at once.
    options.set_allow_concurrent_memtable_write(holds_log);
    // State may fall back to an earlier commit, for its changelog offset falls back with it. A log may lose a torn
    // tail, which nobody was told is durable, but nothing in its middle.
    options.set_wal_recovery_mode(if holds_log {
        DBRecoveryMode::TolerateCorruptedTailRecords
    } else {
        DBRecoveryMode::PointInTime
    });
    options.set_log_level(LogLevel::Warn);
    options.set_keep_log_file_num(2);
    options.set_max_log_file_size(4 << 20);
    options.set_stats_dump_period_sec(0);
    options.set_stats_persist_period_sec(0);
    options
}

/// The engine's threads are shared by all databases of the process.
fn background_jobs() -> i32 {
    let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    i32::try_from(cores.clamp(2, 8)).unwrap_or(2)
}
