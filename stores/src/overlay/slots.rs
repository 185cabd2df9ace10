//! Where slots lie: in blocks, so that growing neither moves them nor needs room for two copies of all.

use super::{Slot, SlotId};

const BLOCK: usize = 256;

pub(super) struct Slots<V> {
    /// All are full but the last.
    blocks: Vec<Vec<Option<Slot<V>>>>,
    free: Vec<SlotId>,
}

impl<V> Default for Slots<V> {
    fn default() -> Self {
        Self { blocks: Vec::new(), free: Vec::new() }
    }
}

impl<V> Slots<V> {
    /// Number of places, taken or free.
    pub(super) fn len(&self) -> usize {
        self.blocks.last().map_or(0, |last| (self.blocks.len() - 1) * BLOCK + last.len())
    }

    pub(super) fn get(&self, id: SlotId) -> Option<&Slot<V>> {
        let place = id.0 as usize;
        self.blocks.get(place / BLOCK)?.get(place % BLOCK)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, id: SlotId) -> Option<&mut Slot<V>> {
        self.place_mut(id)?.as_mut()
    }

    /// Adds a slot, in a free place if there is one.
    pub(super) fn add(&mut self, slot: Slot<V>) -> SlotId {
        if let Some(id) = self.free.pop()
            && let Some(place) = self.place_mut(id)
        {
            *place = Some(slot);
            return id;
        }
        let id = SlotId(u32::try_from(self.len()).unwrap_or(u32::MAX));
        match self.blocks.last_mut() {
            Some(last) if last.len() < BLOCK => last.push(Some(slot)),
            // The first block grows with its slots: many stores hold only a few.
            None => self.blocks.push(vec![Some(slot)]),
            Some(_) => {
                let mut block = Vec::with_capacity(BLOCK);
                block.push(Some(slot));
                self.blocks.push(block);
            }
        }
        id
    }

    pub(super) fn remove(&mut self, id: SlotId) -> Option<Slot<V>> {
        let slot = self.place_mut(id)?.take()?;
        self.free.push(id);
        Some(slot)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Slot<V>> {
        self.blocks.iter().flatten().flatten()
    }

    fn place_mut(&mut self, id: SlotId) -> Option<&mut Option<Slot<V>>> {
        let place = id.0 as usize;
        self.blocks.get_mut(place / BLOCK)?.get_mut(place % BLOCK)
    }
}
