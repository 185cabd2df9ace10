//! The machine under every store: an overlay over a committed table, and what goes into the changelog.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::encoded::Encoded;
use crate::layout::Layout;
use crate::overlay::{Overlay, Place, RowId, SlotId, Sought, Write};
use crate::rocks::ScanRange;
use crate::scan::Merge;
use crate::state_store::StoreStats;
use crate::table::Table;
use crate::value::ValueCodec;
use crate::{
    ChangelogRecord, Error, Headers, RestoreBatch, RestoreRecord, SharedSerde, Staged, StoreOptions, ValueAndTimestamp,
};

pub(crate) struct Rows<V> {
    pub(crate) options: StoreOptions,
    pub(crate) name: Arc<str>,
    pub(crate) layout: Layout,
    pub(crate) table: Table,
    pub(crate) codec: ValueCodec<V>,
    pub(crate) overlay: Overlay<V>,
    /// Records of writes that are logged one by one.
    logged: Vec<ChangelogRecord>,
    /// Time for deletions: the highest seen, unless the caller says otherwise.
    time: i64,
    time_is_given: bool,
    torn: bool,
    stats: StoreStats,
    key: Vec<u8>,
    value: Vec<u8>,
}

/// A scanned row: its key in the table and its value.
pub(crate) type Scanned<V> = (Vec<u8>, ValueAndTimestamp<V>);

impl<V> Rows<V> {
    pub(crate) fn new(options: &StoreOptions, layout: Layout, table: Table, value: SharedSerde<V>) -> Self {
        let name: Arc<str> = options.name.as_str().into();
        Self {
            name: Arc::clone(&name),
            layout,
            table,
            codec: ValueCodec { store: name, format: options.format, serde: value },
            overlay: Overlay::new(layout, options.cache_bytes, options.caching),
            options: options.clone(),
            logged: Vec::new(),
            time: 0,
            time_is_given: false,
            torn: false,
            stats: StoreStats::default(),
            key: Vec::new(),
            value: Vec::new(),
        }
    }

    /// Time of the record being processed, for deletions.
    pub(crate) fn at(&mut self, time: i64) {
        self.time = time;
        self.time_is_given = true;
    }

    fn time_of(&mut self, value: Option<&ValueAndTimestamp<V>>) -> i64 {
        match value {
            Some(value) => {
                if !self.time_is_given {
                    self.time = self.time.max(value.timestamp);
                }
                value.timestamp
            }
            None => self.time,
        }
    }

    /// Finds a row, reading it from the table if need be; `None`: known to be absent.
    pub(crate) fn read(&mut self, key: &[u8], slot: SlotId, row: RowId) -> Result<Option<Place>, Error> {
        self.stats.reads += 1;
        match self.overlay.find(slot, row) {
            Sought::Here(place) => Ok(Some(place)),
            Sought::Absent => Ok(None),
            Sought::Unknown => self.load(key, slot, row),
        }
    }

    fn load(&mut self, key: &[u8], slot: SlotId, row: RowId) -> Result<Option<Place>, Error> {
        self.stats.table_reads += 1;
        self.layout.table_key(key, row, &mut self.key);
        let codec = &self.codec;
        let found = self.table.get(&self.key, |bytes| (codec.decode(bytes), bytes.len()))?;
        let (value, bytes) = match found {
            Some((value, bytes)) => (Some(value?), bytes),
            None => (None, 0),
        };
        Ok(self.overlay.load(slot, row, value, bytes))
    }

    /// Writes a row; `None` deletes.
    pub(crate) fn write(
        &mut self,
        key: &[u8],
        slot: SlotId,
        row: RowId,
        value: Option<ValueAndTimestamp<V>>,
        headers: &Headers,
    ) -> Result<(), Error> {
        if self.overlay.tracks_flushes() {
            self.read(key, slot, row)?;
        }
        let value = value.filter(|row| !self.codec.serde.is_null(&row.value));
        let time = self.time_of(value.as_ref());
        if self.options.logs_every_put() {
            self.log(key, row, value.as_ref(), time, headers)?;
        }
        self.overlay.write(slot, row, Write { value, time, headers: headers.clone() });
        Ok(())
    }

    /// Appends a changelog record for one write.
    pub(crate) fn log(
        &mut self,
        key: &[u8],
        row: RowId,
        value: Option<&ValueAndTimestamp<V>>,
        timestamp: i64,
        headers: &Headers,
    ) -> Result<(), Error> {
        self.layout.table_key(key, row, &mut self.key);
        let present = match value {
            Some(value) => self.codec.encode(value, &mut self.value)?,
            None => false,
        };
        let plain = self.value.get(self.codec.format.value_offset()..).unwrap_or_default();
        self.logged.push(ChangelogRecord {
            store: Arc::clone(&self.name),
            key: self.layout.changelog_key(&self.key).to_vec(),
            value: present.then(|| plain.to_vec()),
            timestamp,
            headers: headers.clone(),
            expired: false,
        });
        Ok(())
    }

    /// Appends a changelog record for a write that the store refused.
    pub(crate) fn log_refused(
        &mut self,
        key: &[u8],
        row: RowId,
        value: Option<&ValueAndTimestamp<V>>,
        headers: &Headers,
    ) -> Result<(), Error> {
        let time = self.time_of(value);
        self.log(key, row, value, time, headers)
    }

    /// Encodes the dirty rows: changelog records in the order of the writes, rows in the order of their keys.
    pub(crate) fn stage(&mut self, out: &mut Staged) -> Result<(), Error> {
        if self.torn {
            return Err(Error::Torn { store: self.options.name.clone() });
        }
        out.changelog.extend_from_slice(&self.logged);
        let logs = self.options.logging && !self.options.logs_every_put();
        let rows = self.overlay.sizes().1;
        out.changelog.reserve(if logs { rows } else { 0 });
        let mut encoded = Encoded::with_capacity(rows);
        let (layout, codec, name) = (self.layout, &self.codec, &self.name);
        let (table_key, disk) = (&mut self.key, &mut self.value);
        self.overlay.stage(|key, row| {
            layout.table_key(key, row.id, table_key);
            let present = match &row.value {
                Some(value) => codec.encode(value, disk)?,
                None => false,
            };
            if logs {
                let plain = disk.get(codec.format.value_offset()..).unwrap_or_default();
                out.changelog.push(ChangelogRecord {
                    store: Arc::clone(name),
                    key: layout.changelog_key(table_key).to_vec(),
                    value: present.then(|| plain.to_vec()),
                    timestamp: row.time,
                    headers: row.headers.clone(),
                    expired: false,
                });
            }
            encoded.push(table_key, present.then_some(disk.as_slice()));
            Ok::<usize, Error>(if present { disk.len() } else { 0 })
        })?;
        encoded.sort();
        encoded.iter().for_each(|(key, value)| out.writes.write(&self.table, key, value));
        Ok(())
    }

    pub(crate) fn applied(&mut self) {
        self.logged.clear();
        self.overlay.applied();
    }

    pub(crate) fn discard(&mut self) {
        self.logged.clear();
        self.torn = false;
        self.overlay.discard();
    }

    /// Adds a changelog record to `batch`.
    pub(crate) fn restore(&mut self, batch: &mut RestoreBatch, record: RestoreRecord<'_>) -> Result<RowId, Error> {
        let (key, row) = self.layout.split(record.key).ok_or_else(|| {
            Error::layout(&self.name, format!("a changelog key of {} bytes is too short", record.key.len()))
        })?;
        self.layout.table_key(key, row, &mut self.key);
        self.value.clear();
        if let Some(value) = record.value {
            self.codec.format.begin(record.timestamp, &mut self.value);
            self.value.extend_from_slice(value);
        }
        batch.write(&self.table, &self.key, record.value.map(|_| self.value.as_slice()));
        self.overlay.forget(key);
        Ok(row)
    }

    pub(crate) fn dirty_bytes(&self) -> usize {
        let logged: usize =
            self.logged.iter().map(|record| record.key.len() + record.value.as_ref().map_or(0, Vec::len)).sum();
        self.overlay.sizes().3 + logged
    }

    pub(crate) fn count_table_read(&mut self) {
        self.stats.table_reads += 1;
    }

    pub(crate) fn count_expired(&mut self) {
        self.stats.expired += 1;
    }

    pub(crate) fn stats(&self) -> StoreStats {
        let (keys, dirty_rows, bytes, dirty_bytes) = self.overlay.sizes();
        StoreStats { keys, dirty_rows, bytes, dirty_bytes, ..self.stats }
    }
}

impl<V: Clone> Rows<V> {
    /// Changes a row by `change`, which gets its value and answers the new one.
    ///
    /// The value is moved, not cloned. If `change` fails the row is as before: put back where a copy is free, read again
    /// from the table where it was not written since the commit. Only an uncommitted value that owns memory is lost; then
    /// the store refuses to be staged until it is discarded.
    pub(crate) fn update<E: From<Error>>(
        &mut self,
        key: &[u8],
        slot: SlotId,
        row: RowId,
        headers: &Headers,
        change: impl FnOnce(Option<ValueAndTimestamp<V>>) -> Result<Option<ValueAndTimestamp<V>>, E>,
    ) -> Result<(), E> {
        let Some(place) = self.read_or_make(key, slot, row)? else { return Ok(()) };
        let old = self.overlay.take(place);
        let kept = if self.overlay.wants_old(place) || !std::mem::needs_drop::<V>() { old.clone() } else { None };
        let had_value = old.is_some();
        let new = match change(old) {
            Ok(new) => new.filter(|row| !self.codec.serde.is_null(&row.value)),
            Err(error) => {
                self.undo(place, kept, had_value);
                return Err(error);
            }
        };
        let time = self.time_of(new.as_ref());
        if self.options.logs_every_put()
            && let Err(error) = self.log(key, row, new.as_ref(), time, headers)
        {
            self.undo(place, kept, had_value);
            return Err(error.into());
        }
        self.overlay.finish(place, Write { value: new, time, headers: headers.clone() }, kept);
        Ok(())
    }

    fn read_or_make(&mut self, key: &[u8], slot: SlotId, row: RowId) -> Result<Option<Place>, Error> {
        let known = self.read(key, slot, row)?;
        Ok(known.or_else(|| self.overlay.load(slot, row, None, 0)))
    }

    fn undo(&mut self, place: Place, kept: Option<ValueAndTimestamp<V>>, had_value: bool) {
        if kept.is_some() || !had_value {
            self.overlay.put_back(place, kept);
        } else if self.overlay.is_dirty(place) {
            self.torn = true;
        } else {
            self.overlay.forget_row(place);
        }
    }

    /// Rows of `range` (of table keys), dirty ones over committed ones, in the range's order.
    pub(crate) fn scan(&mut self, range: &ScanRange) -> Result<Vec<Scanned<V>>, Error> {
        let mut found = Vec::new();
        self.visit(range, |key, value| {
            found.push((key.to_vec(), value));
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }

    /// As [`Rows::scan`], row by row until `visit` breaks off.
    pub(crate) fn visit(
        &mut self,
        range: &ScanRange,
        visit: impl FnMut(&[u8], ValueAndTimestamp<V>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        if range.is_empty() {
            return Ok(());
        }
        self.stats.table_reads += 1;
        let mut merge = Merge::new(&mut self.overlay, &self.codec, range, visit);
        self.table.scan(range, |key, bytes| merge.committed(key, bytes))?;
        merge.finish()
    }
}

impl<V> fmt::Debug for Rows<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").field("options", &self.options).field("stats", &self.stats()).finish_non_exhaustive()
    }
}
