//! Pages of a key-value store whose keys are texts, over all its tasks.

use std::sync::Arc;

use tillstream_runtime::StoreQuery;
use tillstream_stores::{Error, KeyValueView, SharedSerde, arc_str};

use super::ReadError;
use super::rows::{holders, key_values};

/// Rows looked at in each task for one page at most. A filter that few rows fit then takes several pages, each of which
/// comes quickly, instead of one that takes long.
const LOOKED_AT: usize = 20_000;

/// Rows read at a time where as many as were asked for are not enough, because few fit.
const CHUNK: usize = 500;

/// Some rows by key.
#[derive(Debug)]
pub(crate) struct Page<V> {
    /// By key.
    pub(crate) rows: Vec<(Arc<str>, V)>,
    /// Where the next page begins, behind this key; `None` at the end. A page may hold fewer rows than asked for, even none,
    /// and still have a next one.
    pub(crate) after: Option<Arc<str>>,
}

/// At most `limit` rows that fit, by key, behind the key `after`.
pub(crate) fn page<V>(
    query: &StoreQuery,
    store: &str,
    value: &SharedSerde<V>,
    after: Option<&str>,
    limit: usize,
    fits: impl Fn(&V) -> bool,
) -> Result<Page<V>, ReadError> {
    let mut rows = Vec::new();
    let mut known_to: Option<Arc<str>> = None;
    for task in holders(query, store)? {
        let look = Look { after, limit, fits: &fits };
        let seen = key_values(&task, store, arc_str(), Arc::clone(value), |view| look.through(&view))?;
        rows.extend(seen.rows);
        known_to = [known_to, seen.after].into_iter().flatten().min();
    }
    rows.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    if let Some(last) = &known_to {
        // Behind it some task may have rows that were not looked at.
        rows.retain(|(key, _)| key <= last);
    }
    let more = rows.len() > limit;
    rows.truncate(limit);
    let after = if more { rows.last().map(|(key, _)| Arc::clone(key)) } else { known_to };
    Ok(Page { rows, after })
}

/// What is looked for in one task.
struct Look<'a, F> {
    after: Option<&'a str>,
    limit: usize,
    fits: &'a F,
}

impl<F> Look<'_, F> {
    /// More than `limit` rows that fit, or all there are, or all among those that may be looked at; and how far it looked.
    fn through<V>(&self, view: &KeyValueView<'_, Arc<str>, V>) -> Result<Page<V>, Error>
    where
        F: Fn(&V) -> bool,
    {
        let mut found = Page { rows: Vec::new(), after: self.after.map(Arc::from) };
        let (mut looked_at, mut chunk) = (0, self.limit.saturating_add(1));
        while found.rows.len() <= self.limit && looked_at < LOOKED_AT {
            // The first key behind another: no text sorts between it and itself followed by a zero byte.
            let from = found.after.as_ref().map(|after| format!("{after}\0").into());
            let listed = view.range(from.as_ref(), None, chunk)?;
            let at_end = listed.len() < chunk;
            looked_at += listed.len();
            found.after = listed.last().map(|(key, _)| Arc::clone(key)).filter(|_| !at_end);
            found
                .rows
                .extend(listed.into_iter().map(|(key, row)| (key, row.value)).filter(|(_, row)| (self.fits)(row)));
            if at_end {
                break;
            }
            chunk = CHUNK;
        }
        Ok(found)
    }
}
