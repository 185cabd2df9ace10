//! Segments as bytes: one JSON document.

use serde::{Deserialize, Serialize};

use super::{SegmentError, Segments};

/// Version of the layout; a reader refuses any other.
const FORMAT_VERSION: u32 = 1;

/// What is known about some segments; times in epoch milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SegmentCard {
    /// Counts up with every model that is published.
    pub version: u64,
    /// When they were found, by the wall clock.
    pub trained_at_ms: i64,
    /// Event time of the data.
    pub as_of_ms: i64,
    /// Customers they were found among.
    pub customers: u64,
    /// Days that usually lie between two purchases of a customer.
    pub usual_gap_days: f64,
}

/// Segments with what is known about them: what is published.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentModel {
    /// What is known about them.
    pub card: SegmentCard,
    /// The segments.
    pub segments: Segments,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Versioned {
    format_version: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document<C, S> {
    format_version: u32,
    card: C,
    model: S,
}

impl SegmentModel {
    /// The segments as bytes.
    ///
    /// # Errors
    /// [`SegmentError::Unreadable`], never for segments that were found.
    pub fn to_bytes(&self) -> Result<Vec<u8>, SegmentError> {
        let Self { card, segments } = self;
        Ok(serde_json::to_vec(&Document { format_version: FORMAT_VERSION, card, model: segments })?)
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    /// [`SegmentError`]: of another version, not such a document, without segments.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SegmentError> {
        let found = serde_json::from_slice::<Versioned>(bytes)?.format_version;
        if found != FORMAT_VERSION {
            return Err(SegmentError::Version { found, expected: FORMAT_VERSION });
        }
        let Document { card, model: segments, .. } = serde_json::from_slice::<Document<SegmentCard, Segments>>(bytes)?;
        if segments.segments.is_empty() { Err(SegmentError::NoCustomers) } else { Ok(Self { card, segments }) }
    }
}
