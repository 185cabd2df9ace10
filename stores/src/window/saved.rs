//! What a window store saves with its rows.

use super::{Floors, WindowTimes};
use crate::layout::segment_of;
use crate::meta::Meta;
use crate::{Error, WindowOptions};

/// Times of a window store, and where in the changelog its live rows begin.
#[derive(Clone, Debug)]
pub(crate) struct Saved {
    pub(crate) times: WindowTimes,
    pub(crate) floors: Floors,
}

impl Saved {
    /// What `meta` has of `store`.
    ///
    /// # Errors
    /// [`Error::Layout`] where it is unreadable.
    pub(crate) fn of(store: &str, windows: &WindowOptions, meta: &Meta) -> Result<Self, Error> {
        let Some(bytes) = meta.stores.get(store) else {
            return Ok(Self { times: WindowTimes::START, floors: Floors::default() });
        };
        let saved = Self::decode(bytes, windows);
        saved.ok_or_else(|| Error::layout(store, "the times saved with its rows are unreadable"))
    }

    fn decode(bytes: &[u8], windows: &WindowOptions) -> Option<Self> {
        let (times, rest) = WindowTimes::decode(bytes)?;
        // Earlier versions saved times only, or more.
        let unknown = || Floors::unknown(segment_of(times.newest, windows.segment_ms()));
        Some(Self { times, floors: Floors::decode(rest).unwrap_or_else(unknown) })
    }
}
