//! The machine under every store: an overlay over a committed table, and what goes into the changelog.

mod scan;
mod update;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use crate::encoded::Encoded;
use crate::layout::Layout;
use crate::overlay::{Overlay, Place, RowId, SlotId, Sought, Write};
use crate::state_store::StoreStats;
use crate::table::Table;
use crate::value::ValueCodec;
use crate::{
    ChangelogRecord, Error, Headers, RestoreBatch, RestoreRecord, SharedSerde, Staged, StoreOptions, ValueAndTimestamp,
};

pub(crate) use scan::Scanned;

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
            key: Bytes::copy_from_slice(self.layout.changelog_key(&self.key)),
            value: present.then(|| Bytes::copy_from_slice(plain)),
            timestamp,
            headers: headers.clone(),
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

    /// Encodes the dirty rows: changelog records in the order of the writes, rows in the order of their keys. `note` is told
    /// the hash of the key of each row there will be.
    pub(crate) fn stage(&mut self, out: &mut Staged, mut note: impl FnMut(RowId, u64)) -> Result<(), Error> {
        if self.torn {
            return Err(Error::Torn { store: self.options.name.clone() });
        }
        out.changelog.extend_from_slice(&self.logged);
        let mut encoded = Encoded::with_capacity(self.overlay.sizes().1);
        let (layout, codec) = (self.layout, &self.codec);
        let (table, caching) = (&self.table, self.options.caching);
        let (table_key, disk) = (&mut self.key, &mut self.value);
        self.overlay.stage(|key, hash, row| {
            layout.table_key(key, row.id, table_key);
            let present = match &row.value {
                Some(value) => codec.encode(value, disk)?,
                None => false,
            };
            // As with Kafka Streams' cache: what came and went between two commits leaves no trace.
            if caching && !present && table.get(table_key, |_| ())?.is_none() {
                return Ok(0);
            }
            if present {
                note(row.id, hash);
            }
            // With a cache the headers are for the flush; they do not belong to the row.
            let headers = if caching { Headers::new() } else { row.headers.clone() };
            encoded.push(table_key, present.then_some(disk.as_slice()), row.time, headers);
            Ok::<usize, Error>(if present { disk.len() } else { 0 })
        })?;
        self.stage_encoded(encoded, out);
        Ok(())
    }

    fn stage_encoded(&self, encoded: Encoded, out: &mut Staged) {
        let (bytes, mut rows) = encoded.finish();
        if self.options.logging && !self.options.logs_every_put() {
            out.changelog.extend(rows.iter_mut().map(|row| {
                let (key, value) = row.slices(&bytes);
                let plain = value.map(|disk| disk.get(self.codec.format.value_offset()..).unwrap_or_default());
                ChangelogRecord {
                    store: Arc::clone(&self.name),
                    key: bytes.slice_ref(self.layout.changelog_key(key)),
                    value: plain.map(|plain| bytes.slice_ref(plain)),
                    timestamp: row.time,
                    headers: std::mem::take(&mut row.headers),
                }
            }));
        }
        // Keys are distinct.
        rows.sort_unstable_by(|a, b| a.slices(&bytes).0.cmp(b.slices(&bytes).0));
        for row in &rows {
            let (key, value) = row.slices(&bytes);
            out.writes.write(&self.table, key, value);
        }
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

    /// Adds a changelog record to `batch`; answers its row and the hash of its key.
    pub(crate) fn restore(
        &mut self,
        batch: &mut RestoreBatch,
        record: RestoreRecord<'_>,
    ) -> Result<(RowId, u64), Error> {
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
        Ok((row, self.overlay.forget(key)))
    }

    pub(crate) fn dirty_bytes(&self) -> usize {
        let logged: usize =
            self.logged.iter().map(|record| record.key.len() + record.value.as_ref().map_or(0, Bytes::len)).sum();
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

impl<V> fmt::Debug for Rows<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").field("options", &self.options).field("stats", &self.stats()).finish_non_exhaustive()
    }
}
