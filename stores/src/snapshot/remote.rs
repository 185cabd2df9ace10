//! Committed state of a task in another process: the few raw questions a [`Snapshot`](super::Snapshot) asks of a task,
//! made into bytes. How they travel is the caller's matter.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::ops::ControlFlow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::committed::StoreInfo;
use crate::meta::Meta;
use crate::rocks::ScanRange;

/// Bytes of rows after which a page ends; a page holds at least one row.
const PAGE_BYTES: usize = 1 << 20;

/// Asks the process that owns a task.
pub trait RemoteState: Send + Sync + Debug {
    /// What [`TaskReader::answer`](super::TaskReader::answer) says there.
    ///
    /// # Errors
    /// Why there is no answer, for a person: the owner cannot be reached, or does not own the task any more.
    fn ask(&self, question: &Question) -> Result<Vec<u8>, String>;
}

/// A question about the committed rows of a task, in the layout of its tables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// How far the state is.
    Meta,
    /// One row.
    Get {
        /// Name of the store.
        store: String,
        /// Its table key.
        key: Vec<u8>,
    },
    /// One page of rows.
    Scan {
        /// Name of the store.
        store: String,
        /// First table key.
        from: Vec<u8>,
        /// Table key behind the last; `None`: to the end.
        to: Option<Vec<u8>>,
        /// From the highest key down.
        reverse: bool,
    },
}

/// The stores of a task elsewhere.
#[derive(Debug)]
pub(super) struct Remote {
    pub(super) stores: BTreeMap<String, StoreInfo>,
    pub(super) state: Arc<dyn RemoteState>,
}

impl Remote {
    fn ask(&self, question: &Question) -> Result<Vec<u8>, Error> {
        self.state.ask(question).map_err(|detail| Error::Remote { detail })
    }

    pub(super) fn meta(&self) -> Result<Meta, Error> {
        let answer = self.ask(&Question::Meta)?;
        serde_json::from_slice(&answer).map_err(|error| unreadable(&error.to_string()))
    }

    pub(super) fn get(&self, store: &str, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        let answer = self.ask(&Question::Get { store: store.to_owned(), key: key.to_vec() })?;
        match answer.split_first() {
            None => Ok(None),
            Some((_, value)) => Ok(Some(value.to_vec())),
        }
    }

    /// Walks the rows page by page; each page is of one commit.
    pub(super) fn scan(
        &self,
        store: &str,
        range: &ScanRange,
        mut visit: impl FnMut(&[u8], &[u8]) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let mut range = range.clone();
        loop {
            let (from, to) = (range.from.clone(), range.to.clone());
            let answer = self.ask(&Question::Scan { store: store.to_owned(), from, to, reverse: range.reverse })?;
            let page = Page::decode(&answer).ok_or_else(|| unreadable("a page of rows is cut off"))?;
            for (key, value) in &page.rows {
                if visit(key, value).is_break() {
                    return Ok(());
                }
            }
            match page.rows.last() {
                Some((last, _)) if page.more => range.continue_behind(last),
                _ => return Ok(()),
            }
        }
    }
}

impl ScanRange {
    fn continue_behind(&mut self, last: &[u8]) {
        if self.reverse {
            self.to = Some(last.to_vec());
        } else {
            self.from = [last, &[0]].concat();
        }
    }
}

/// Rows on their way, at most [`PAGE_BYTES`] of them.
#[derive(Debug, Default)]
pub(super) struct Page<'a> {
    rows: Vec<(&'a [u8], &'a [u8])>,
    more: bool,
}

impl<'a> Page<'a> {
    fn decode(bytes: &'a [u8]) -> Option<Self> {
        let (more, mut rest) = bytes.split_first()?;
        let mut rows = Vec::new();
        while !rest.is_empty() {
            let (key, behind) = part(rest)?;
            let (value, behind) = part(behind)?;
            rows.push((key, value));
            rest = behind;
        }
        Some(Self { rows, more: *more == 1 })
    }
}

/// A page while it is written.
#[derive(Debug)]
pub(super) struct PageWriter(Vec<u8>);

impl PageWriter {
    pub(super) fn new() -> Self {
        Self(vec![0])
    }

    /// Adds a row, unless the page is full.
    pub(super) fn add(&mut self, key: &[u8], value: &[u8]) -> ControlFlow<()> {
        if self.0.len() >= PAGE_BYTES {
            if let Some(more) = self.0.first_mut() {
                *more = 1;
            }
            return ControlFlow::Break(());
        }
        for part in [key, value] {
            self.0.extend_from_slice(&(part.len() as u32).to_be_bytes());
            self.0.extend_from_slice(part);
        }
        ControlFlow::Continue(())
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// A length and as many bytes; what is behind them.
fn part(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_be_bytes(*length) as usize)
}

fn unreadable(detail: &str) -> Error {
    Error::Remote { detail: format!("its answer cannot be read ({detail}); do all instances run the same version?") }
}
