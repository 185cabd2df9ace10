//! Which rows of a table are wanted, as far as the table can tell by its keys.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

/// A value a column is compared with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Literal {
    Text(String),
    /// A number, or a time in epoch ms.
    Integer(i64),
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Integer(number) => write!(f, "{number}"),
        }
    }
}

/// What is wanted of one column. Rows that do not fit may still be shown: the engine looks at each again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bound {
    /// One of these.
    pub(crate) equals: Option<BTreeSet<Literal>>,
    /// At least this.
    pub(crate) from: Option<Literal>,
    /// At most this.
    pub(crate) to: Option<Literal>,
    /// Text that begins with this.
    pub(crate) prefix: Option<String>,
}

impl Bound {
    /// What both want.
    pub(crate) fn and(self, other: Self) -> Self {
        let equals = match (self.equals, other.equals) {
            (Some(a), Some(b)) => Some(a.intersection(&b).cloned().collect()),
            (a, b) => a.or(b),
        };
        let longer = |a: String, b: String| if a.len() >= b.len() { a } else { b };
        Self {
            equals,
            from: [self.from, other.from].into_iter().flatten().max(),
            to: [self.to, other.to].into_iter().flatten().min(),
            prefix: match (self.prefix, other.prefix) {
                (Some(a), Some(b)) => Some(longer(a, b)),
                (a, b) => a.or(b),
            },
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if let Some(equals) = &self.equals {
            let values: Vec<String> = equals.iter().map(ToString::to_string).collect();
            parts.push(format!("in ({})", values.join(", ")));
        }
        parts.extend(self.from.as_ref().map(|from| format!("from {from}")));
        parts.extend(self.to.as_ref().map(|to| format!("to {to}")));
        parts.extend(self.prefix.as_ref().map(|prefix| format!("begins with {prefix:?}")));
        f.write_str(&parts.join(" "))
    }
}

/// Which rows and columns of a table are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wanted {
    /// Columns by number, in the order wanted.
    pub(crate) projection: Vec<usize>,
    /// What is wanted of which column.
    pub(crate) bounds: BTreeMap<String, Bound>,
    /// The most rows.
    pub(crate) limit: Option<usize>,
    /// Which part of the table, from 0.
    pub(crate) part: usize,
    /// Into how many parts it is divided.
    pub(crate) parts: usize,
}

impl Wanted {
    fn bound(&self, column: &str) -> Option<&Bound> {
        self.bounds.get(column)
    }

    /// The texts `column` must be one of; `None`: any.
    pub(crate) fn texts(&self, column: &str) -> Option<Vec<&str>> {
        self.bound(column)?.equals.as_ref()?.iter().map(text).collect()
    }

    /// First and last text of `column` that are wanted, and what it begins with.
    pub(crate) fn text_range(&self, column: &str) -> (Option<&str>, Option<&str>, &str) {
        let Some(bound) = self.bound(column) else { return (None, None, "") };
        let (from, to) = (bound.from.as_ref().and_then(text), bound.to.as_ref().and_then(text));
        (from, to, bound.prefix.as_deref().unwrap_or(""))
    }

    /// First and last number, or moment, of `column` that are wanted.
    pub(crate) fn number_range(&self, column: &str) -> (i64, i64) {
        let Some(bound) = self.bound(column) else { return (i64::MIN, i64::MAX) };
        let equals: Option<Vec<i64>> = bound.equals.as_ref().map(|all| all.iter().filter_map(number).collect());
        let lowest = equals.as_ref().and_then(|all| all.iter().min().copied());
        let highest = equals.as_ref().and_then(|all| all.iter().max().copied());
        let from = bound.from.as_ref().and_then(number).unwrap_or(i64::MIN);
        let to = bound.to.as_ref().and_then(number).unwrap_or(i64::MAX);
        (from.max(lowest.unwrap_or(i64::MIN)), to.min(highest.unwrap_or(i64::MAX)))
    }

    /// Whether the thing at this place is in the part that is wanted.
    pub(crate) fn is_mine(&self, place: usize) -> bool {
        self.parts <= 1 || place % self.parts == self.part
    }
}

fn text(literal: &Literal) -> Option<&str> {
    match literal {
        Literal::Text(text) => Some(text),
        Literal::Integer(_) => None,
    }
}

fn number(literal: &Literal) -> Option<i64> {
    match literal {
        Literal::Integer(number) => Some(*number),
        Literal::Text(_) => None,
    }
}
