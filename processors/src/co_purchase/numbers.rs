//! Numbers in place of product ids, each task its own: given out in the order in which it first hears of a product.

use std::sync::Arc;

use serde::Serialize;
use tillstream_stores::{Headers, KeyValueStore, Serde, SerdeError, SharedSerde, ValueAndTimestamp};
use tillstream_topology::ProcessError;

use crate::sales::overflow;
use crate::varint::{put_i64, put_u64, take_i64, take_u64};

/// Stands for a product inside one task.
pub(crate) type Number = u32;

/// What a task knows of a product.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Numbered {
    /// Its number.
    pub(crate) number: Number,
    /// Baskets it was in; counted by the task of its bucket alone.
    pub(crate) baskets: i64,
}

/// Products by id. The empty id, which no product has, holds the number to give out next.
pub(crate) type NumberStore = KeyValueStore<Arc<str>, Numbered>;

/// The number of a product; a new one if it has none.
pub(crate) fn number_of(store: &mut NumberStore, product: &Arc<str>, at: i64) -> Result<Number, ProcessError> {
    if let Some(known) = store.get(product)? {
        return Ok(known.value.number);
    }
    let next: Arc<str> = "".into();
    let number = store.get(&next)?.map_or(0, |row| row.value.number);
    let following = number.checked_add(1).ok_or_else(|| overflow("the number of products"))?;
    let row = |number| Some(ValueAndTimestamp::new(Numbered { number, baskets: 0 }, at));
    store.put(product, row(number), &Headers::default())?;
    store.put(&next, row(following), &Headers::default())?;
    Ok(number)
}

/// Adds to the baskets of a product that has a number.
pub(crate) fn count_basket(
    store: &mut NumberStore,
    product: &Arc<str>,
    sign: i64,
    at: i64,
) -> Result<(), ProcessError> {
    store.update(product, &Headers::default(), |row| {
        let (mut known, time) = row.map_or_else(|| (Numbered::default(), at), |row| (row.value, row.timestamp.max(at)));
        known.baskets = known.baskets.checked_add(sign).ok_or_else(|| overflow("the number of baskets"))?;
        Ok(Some(ValueAndTimestamp::new(known, time)))
    })
}

struct NumberedSerde;

/// Number and baskets.
pub(crate) fn numbered_serde() -> SharedSerde<Numbered> {
    Arc::new(NumberedSerde)
}

impl Serde<Numbered> for NumberedSerde {
    fn serialize(&self, numbered: &Numbered, out: &mut Vec<u8>) -> Result<bool, SerdeError> {
        put_u64(u64::from(numbered.number), out);
        put_i64(numbered.baskets, out);
        Ok(true)
    }

    fn deserialize(&self, bytes: Option<&[u8]>) -> Result<Numbered, SerdeError> {
        bytes.and_then(decode).ok_or_else(|| SerdeError::new("invalid_number", "not a product's number and baskets"))
    }
}

fn decode(mut bytes: &[u8]) -> Option<Numbered> {
    let number = Number::try_from(take_u64(&mut bytes)?).ok()?;
    let baskets = take_i64(&mut bytes)?;
    bytes.is_empty().then_some(Numbered { number, baskets })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_round_trip() {
        for numbered in [Numbered { number: Number::MAX, baskets: -1 }, Numbered { number: 0, baskets: i64::MAX }] {
            let mut out = Vec::new();
            numbered_serde().serialize(&numbered, &mut out).unwrap();
            assert_eq!(numbered_serde().deserialize(Some(&out)).unwrap(), numbered);
            out.push(0);
            assert!(numbered_serde().deserialize(Some(&out)).is_err());
        }
    }
}
