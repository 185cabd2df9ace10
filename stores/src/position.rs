//! How far the inputs of a state have been read.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Topic → partition → next offset to read: what a committed state contains.
///
/// Its text form is one header value: `orders:0=12,1=15;payments:0=3`.
///
/// ```
/// use tillstream_stores::Position;
/// let mut position = Position::new();
/// position.set("orders", 0, 12);
/// let parsed: Position = "orders:0=12".parse()?;
/// assert_eq!(position, parsed);
/// # Ok::<(), tillstream_stores::PositionError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position(BTreeMap<String, BTreeMap<u32, i64>>);

/// Text that is not a position.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a position; expected topic:partition=offset,…;topic:…")]
pub struct PositionError(String);

impl Position {
    /// Nothing read yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether nothing has been read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Next offset of a partition; `None` if nothing of it has been read.
    #[must_use]
    pub fn get(&self, topic: &str, partition: u32) -> Option<i64> {
        self.0.get(topic)?.get(&partition).copied()
    }

    /// Sets the next offset of a partition.
    pub fn set(&mut self, topic: &str, partition: u32, next_offset: i64) {
        match self.0.get_mut(topic) {
            Some(partitions) => _ = partitions.insert(partition, next_offset),
            None => _ = self.0.insert(topic.to_owned(), BTreeMap::from([(partition, next_offset)])),
        }
    }

    /// Raises every partition to the higher of the two offsets.
    pub fn merge(&mut self, other: &Self) {
        for (topic, partition, offset) in other.iter() {
            let known = self.get(topic, partition).unwrap_or(i64::MIN);
            self.set(topic, partition, known.max(offset));
        }
    }

    /// Whether everything `other` has read has been read here too.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        other.iter().all(|(topic, partition, offset)| self.get(topic, partition).is_some_and(|known| known >= offset))
    }

    /// Topic, partition and next offset, by topic and partition.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u32, i64)> {
        self.0.iter().flat_map(|(topic, partitions)| {
            partitions.iter().map(move |(partition, offset)| (topic.as_str(), *partition, *offset))
        })
    }
}

impl PartialOrd for Position {
    /// `None` where each has read something the other has not.
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self.covers(other), other.covers(self)) {
            (true, true) => Some(Ordering::Equal),
            (true, false) => Some(Ordering::Greater),
            (false, true) => Some(Ordering::Less),
            (false, false) => None,
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (topic, partitions)) in self.0.iter().enumerate() {
            let separator = if place == 0 { "" } else { ";" };
            write!(f, "{separator}{topic}")?;
            for (place, (partition, offset)) in partitions.iter().enumerate() {
                let separator = if place == 0 { ":" } else { "," };
                write!(f, "{separator}{partition}={offset}")?;
            }
        }
        Ok(())
    }
}

impl FromStr for Position {
    type Err = PositionError;

    fn from_str(text: &str) -> Result<Self, PositionError> {
        parse(text).ok_or_else(|| PositionError(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Position> {
    let mut position = Position::new();
    for topic in text.split(';').filter(|part| !part.is_empty()) {
        let (topic, partitions) = topic.split_once(':')?;
        for entry in partitions.split(',') {
            let (partition, offset) = entry.split_once('=')?;
            position.set(topic, partition.parse().ok()?, offset.parse().ok()?);
        }
    }
    Some(position)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(text: &str) -> Position {
        text.parse().unwrap()
    }

    #[test]
    fn text_form_round_trips() {
        for text in ["", "orders:0=12", "a:0=1,7=2;b.c-d_e:3=9223372036854775807"] {
            assert_eq!(position(text).to_string(), text);
        }
        for bad in ["orders", "orders:", "orders:x=1", "orders:1=", "a:1=1;b"] {
            assert!(bad.parse::<Position>().is_err(), "{bad}");
        }
    }

    #[test]
    fn comparison_is_by_every_partition() {
        assert!(position("a:0=2,1=1") > position("a:0=1"));
        assert!(position("a:0=1") < position("a:0=1;b:0=0"));
        assert_eq!(position("a:0=2").partial_cmp(&position("b:0=1")), None);
        assert!(position("a:0=1").covers(&position("")));
    }

    #[test]
    fn merging_keeps_the_higher_offset() {
        let mut merged = position("a:0=5,1=1");
        merged.merge(&position("a:0=3,1=4;b:2=0"));
        assert_eq!(merged, position("a:0=5,1=4;b:2=0"));
    }
}
