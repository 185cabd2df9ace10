//! Tables of few rows, which are listed whole.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;

use super::column::Column;
use super::{About, Batches, Sink, State, Table, Wanted};
use crate::error::SqlError;

/// A table whose rows a function lists.
pub(super) struct Listed<R: 'static> {
    about: About,
    schema: SchemaRef,
    columns: &'static [Column<R>],
    list: List<R>,
}

/// Lists the rows that are wanted; more than these do no harm.
type List<R> = fn(&State, &Wanted) -> Result<Vec<R>, SqlError>;

/// A table of this name; the first `key` of its columns are its primary key.
pub(super) fn listed<R: 'static>(
    name: &str,
    comment: &str,
    columns: &'static [Column<R>],
    key: usize,
    list: List<R>,
) -> Arc<dyn Table> {
    of(About::new(name, comment, columns, key, &[]), columns, list)
}

/// The table of which this is told.
pub(super) fn of<R: 'static>(about: About, columns: &'static [Column<R>], list: List<R>) -> Arc<dyn Table> {
    Arc::new(Listed { schema: about.schema(), about, columns, list })
}

impl<R> Table for Listed<R> {
    fn about(&self) -> &About {
        &self.about
    }

    fn scan(&self, state: &State, wanted: &Wanted, sink: &mut dyn Sink) -> Result<(), SqlError> {
        let mut batches = Batches::new(&self.schema, self.columns, wanted, sink);
        for row in (self.list)(state, wanted)? {
            if batches.push(&row).is_break() {
                break;
            }
        }
        batches.finish()
    }
}

impl<R> fmt::Debug for Listed<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listed").field("name", &self.about.name).finish_non_exhaustive()
    }
}
