//! Typed rows over a table of committed bytes: what was written since the last commit, and a bounded cache of what was
//! read.
//!
//! A slot holds one key and its rows. A row is dirty (written since the last commit) or clean (equal to the committed
//! one); a clean row without a value says that the table has none. Clean slots are evicted by second chance when they take
//! more than the budget; dirty ones stay until the commit, which the owner makes before they grow too large. The hash
//! function is seeded at random, which is not to be seen: everything that is listed is listed by write number or by key.

mod budget;
mod commit;
mod dirty;
mod flush;
mod slot;
mod slots;
mod write;

use std::collections::BTreeMap;
use std::collections::btree_map::Range;
use std::hash::BuildHasher;
use std::ops::Bound;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};

use crate::ValueAndTimestamp;
use crate::layout::Layout;
use budget::Budget;
use dirty::DirtyList;
use flush::FlushList;
pub use flush::Flushed;
use slot::Slot;
pub(crate) use slot::{Covered, Row, RowId};
use slots::Slots;
pub(crate) use write::Write;

/// A slot; valid until the slot is evicted, which never happens to the one looked up last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SlotId(u32);

/// A row; valid until rows of the slot come or go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    slot: SlotId,
    row: usize,
}

/// What the overlay knows about a row.
pub(crate) enum Sought {
    /// It is here.
    Here(Place),
    /// There is none, here or committed.
    Absent,
    /// Ask the table.
    Unknown,
}

/// Dirty rows by the table's key, for scans.
pub(crate) type Ordered = BTreeMap<Vec<u8>, (SlotId, RowId)>;

pub(crate) struct Overlay<V> {
    layout: Layout,
    hasher: DefaultHashBuilder,
    index: HashTable<SlotId>,
    slots: Slots<V>,
    dirty: DirtyList,
    /// Kept from the first scan on: most stores are never scanned.
    ordered: Option<Ordered>,
    flush: Option<FlushList<V>>,
    /// Number of the last write.
    writes: u64,
    /// Number of the last write that was staged.
    staged: u64,
    /// Number of the last write that is committed: rows and slots with a higher one are dirty.
    committed: u64,
    budget: Budget,
}

impl<V> Overlay<V> {
    pub(crate) fn new(layout: Layout, cache_bytes: usize, caching: bool) -> Self {
        Self {
            layout,
            hasher: DefaultHashBuilder::default(),
            index: HashTable::new(),
            slots: Slots::default(),
            dirty: DirtyList::default(),
            ordered: None,
            flush: caching.then(FlushList::default),
            writes: 0,
            staged: 0,
            committed: 0,
            budget: Budget::new(cache_bytes),
        }
    }

    /// The slot of `key`, made if there is none. One hash lookup; a hit allocates nothing.
    pub(crate) fn slot(&mut self, key: &[u8]) -> SlotId {
        if self.budget.is_overdrawn() {
            self.evict();
        }
        let hash = self.hasher.hash_one(key);
        let slots = &self.slots;
        let entry = self.index.entry(
            hash,
            |id| slots.get(*id).is_some_and(|slot| slot.key.as_slice() == key),
            |id| slots.get(*id).map_or(0, |slot| slot.hash),
        );
        match entry {
            Entry::Occupied(entry) => {
                let id = *entry.get();
                if let Some(slot) = self.slots.get_mut(id) {
                    slot.referenced = true;
                }
                id
            }
            Entry::Vacant(entry) => {
                let slot = Slot::new(key, hash);
                self.budget.total += slot.bytes;
                *entry.insert(self.slots.add(slot)).get()
            }
        }
    }

    pub(crate) fn find(&self, id: SlotId, row: RowId) -> Sought {
        let Some(slot) = self.slots.get(id) else { return Sought::Unknown };
        match slot.find(row) {
            Ok(place) => Sought::Here(Place { slot: id, row: place }),
            Err(_) if slot.covers(row.time) => Sought::Absent,
            Err(_) => Sought::Unknown,
        }
    }

    pub(crate) fn row(&self, place: Place) -> Option<&Row<V>> {
        self.slots.get(place.slot)?.rows.get(place.row)
    }

    pub(crate) fn value(&self, place: Place) -> Option<&ValueAndTimestamp<V>> {
        self.row(place)?.value.as_ref()
    }

    /// Rows of a slot with a value and a time from `from` to `to`, by id.
    pub(crate) fn values(
        &self,
        id: SlotId,
        from: i64,
        to: i64,
    ) -> impl Iterator<Item = (RowId, &ValueAndTimestamp<V>)> {
        let rows = self.slots.get(id).map_or(&[][..], |slot| slot.rows.as_slice());
        let first = rows.partition_point(|row| row.id.time < from);
        let rows = rows.get(first..).unwrap_or_default();
        rows.iter().take_while(move |row| row.id.time <= to).filter_map(|row| Some((row.id, row.value.as_ref()?)))
    }

    /// Puts a committed row into a slot, unless a newer one is there; `bytes` is its encoded length.
    pub(crate) fn load(
        &mut self,
        id: SlotId,
        row: RowId,
        value: Option<ValueAndTimestamp<V>>,
        bytes: usize,
    ) -> Option<Place> {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let place = match self.slots.get(id)?.find(row) {
            Ok(place) => place,
            Err(place) => {
                self.insert(id, place, Row::clean(row, value, bytes));
                place
            }
        };
        Some(Place { slot: id, row: place })
    }

    fn insert(&mut self, id: SlotId, place: usize, row: Row<V>) {
        let Some(slot) = self.slots.get_mut(id) else { return };
        let bytes = row.weight();
        slot.rows.insert(place, row);
        slot.bytes += bytes;
        self.budget.grow(bytes, self.committed < slot.written);
    }

    pub(crate) fn covered(&self, id: SlotId) -> Option<Covered> {
        self.slots.get(id)?.covered
    }

    pub(crate) fn set_covered(&mut self, id: SlotId, covered: Covered) {
        if let Some(slot) = self.slots.get_mut(id) {
            slot.covered = Some(covered);
        }
    }

    /// Starts to keep dirty rows ordered, if it was not done yet.
    pub(crate) fn order(&mut self) {
        let (slots, dirty, layout) = (&self.slots, &self.dirty, self.layout);
        self.ordered.get_or_insert_with(|| {
            let keyed = |(id, row): (SlotId, RowId)| {
                let mut key = Vec::new();
                layout.table_key(&slots.get(id)?.key, row, &mut key);
                Some((key, (id, row)))
            };
            dirty.iter().filter_map(keyed).collect()
        });
    }

    /// Dirty rows with a table key in `range`, once [`Overlay::order`] was called.
    pub(crate) fn ordered_range(&self, range: (Bound<&[u8]>, Bound<&[u8]>)) -> Range<'_, Vec<u8>, (SlotId, RowId)> {
        self.ordered.as_ref().unwrap_or(const { &Ordered::new() }).range::<[u8], _>(range)
    }

    /// The value of a dirty row.
    pub(crate) fn dirty_value(&self, id: SlotId, row: RowId) -> Option<&ValueAndTimestamp<V>> {
        let slot = self.slots.get(id)?;
        slot.rows.get(slot.find(row).ok()?)?.value.as_ref()
    }

    /// The hash of a slot's key.
    pub(crate) fn hash(&self, id: SlotId) -> u64 {
        self.slots.get(id).map_or(0, |slot| slot.hash)
    }

    /// Forgets a key whose committed row changed underneath, in a restore; answers its hash.
    pub(crate) fn forget(&mut self, key: &[u8]) -> u64 {
        let hash = self.hasher.hash_one(key);
        let slots = &self.slots;
        let found = self.index.find(hash, |id| slots.get(*id).is_some_and(|slot| slot.key.as_slice() == key)).copied();
        if let Some(id) = found {
            self.remove(id);
        }
        hash
    }

    fn remove(&mut self, id: SlotId) {
        let Some(slot) = self.slots.remove(id) else { return };
        if let Ok(entry) = self.index.find_entry(slot.hash, |known| *known == id) {
            entry.remove();
        }
        self.budget.shrink(slot.bytes, self.committed < slot.written);
    }

    /// Number of slots, rows that are dirty, and estimated bytes: all, dirty.
    pub(crate) fn sizes(&self) -> (usize, usize, usize, usize) {
        (self.index.len(), self.dirty.len(), self.budget.total, self.budget.dirty)
    }
}
