//! Tables of few rows, which are listed whole.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;

use crate::error::SqlError;
use crate::tables::column::Column;
use crate::tables::{About, Batches, Sink, State, Table, Wanted};

/// A table whose rows a function lists.
pub(super) struct Listed<R: 'static> {
    about: About,
    schema: SchemaRef,
    columns: &'static [Column<R>],
    list: fn(&State) -> Result<Vec<R>, SqlError>,
}

/// A table of this name; the first `key` of its columns are its primary key.
pub(super) fn listed<R: 'static>(
    name: &str,
    comment: &str,
    columns: &'static [Column<R>],
    key: usize,
    list: fn(&State) -> Result<Vec<R>, SqlError>,
) -> Arc<dyn Table> {
    let about = About::new(name, comment, columns, key, &[]);
    Arc::new(Listed { schema: about.schema(), about, columns, list })
}

impl<R> Table for Listed<R> {
    fn about(&self) -> &About {
        &self.about
    }

    fn scan(&self, state: &State, wanted: &Wanted, sink: &mut dyn Sink) -> Result<(), SqlError> {
        let mut batches = Batches::new(&self.schema, self.columns, wanted, sink);
        for row in (self.list)(state)? {
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
