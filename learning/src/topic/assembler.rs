//! Putting a model together from its records.

use std::collections::BTreeMap;

use super::Manifest;

/// Puts the models of one name together from the records of their topic, in the order of their offsets.
#[derive(Debug)]
pub struct Assembler {
    name: &'static str,
    chunks: BTreeMap<u32, Vec<u8>>,
}

impl Assembler {
    /// One for the models of a name.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self { name, chunks: BTreeMap::new() }
    }

    /// Takes a record; answers the bytes of a model when it is the last one of them. A model of which compaction has taken a
    /// part is passed over: a newer one follows.
    pub fn take(&mut self, key: &[u8], value: Option<&[u8]>) -> Option<(Manifest, Vec<u8>)> {
        let key = std::str::from_utf8(key).ok()?;
        let number = key.strip_prefix(self.name)?;
        if let Some(number) = number.strip_prefix('/') {
            let number = number.parse().ok()?;
            match value {
                Some(value) => self.chunks.insert(number, value.to_vec()),
                None => self.chunks.remove(&number),
            };
            return None;
        }
        if !number.is_empty() {
            return None;
        }
        let manifest: Manifest = serde_json::from_slice(value?).ok()?;
        let chunks = std::mem::take(&mut self.chunks);
        let bytes: Vec<u8> = chunks
            .into_iter()
            .take_while(|(number, _)| *number < manifest.chunks)
            .flat_map(|(_, chunk)| chunk)
            .collect();
        manifest.fits(&bytes).then_some((manifest, bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ALS, SEGMENTS};
    use super::*;

    fn records(version: u64, bytes: &[u8]) -> Vec<(String, Option<Vec<u8>>)> {
        let mut records: Vec<_> = bytes
            .chunks(3)
            .zip(0..)
            .map(|(chunk, number)| (super::super::chunk_key(ALS, number), Some(chunk.to_vec())))
            .collect();
        let manifest = Manifest::of(ALS, version, records.len() as u32, bytes);
        records.push((ALS.to_owned(), serde_json::to_vec(&manifest).ok()));
        records
    }

    fn models(records: &[(String, Option<Vec<u8>>)]) -> Vec<(u64, Vec<u8>)> {
        let mut assembler = Assembler::new(ALS);
        let taken = records.iter().filter_map(|(key, value)| assembler.take(key.as_bytes(), value.as_deref()));
        taken.map(|(manifest, bytes)| (manifest.version, bytes)).collect()
    }

    #[test]
    fn a_model_comes_with_its_manifest() {
        let all = [
            records(1, b"abcdefgh"),
            vec![("other".to_owned(), None), (SEGMENTS.to_owned(), None), ("alsatian".to_owned(), None)],
            records(2, b"xyz"),
        ]
        .concat();
        assert_eq!(models(&all), [(1, b"abcdefgh".to_vec()), (2, b"xyz".to_vec())]);
    }

    #[test]
    fn what_compaction_left_of_an_old_model_is_passed_over() {
        let mut first = records(1, b"abcdefgh");
        first.remove(0);
        assert_eq!(models(&[first, records(2, b"uvwxyz12345")].concat()), [(2, b"uvwxyz12345".to_vec())]);
        let mut changed = records(1, b"abcdefgh");
        changed[1].1 = Some(b"DEF".to_vec());
        assert_eq!(models(&changed), []);
    }
}
