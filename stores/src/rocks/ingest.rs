//! A run becomes a table file of a database.

use std::path::Path;

use rocksdb::{DBCompressionType, IngestExternalFileOptions, Options, SstFileWriter};

use super::{ColumnKind, Database, Error, Run};

/// The file under way, in the database's directory, where it need only be linked. Not a name RocksDB would take for its own.
const FILE: &str = "run.new";

impl Database {
    /// Brings the rows of `run` into `column` as a table file of its own: all of them or nothing, and on the disk when this
    /// returns. They count as written after everything that is there. Blocking.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn ingest(&self, column: &str, run: &Run) -> Result<(), Error> {
        if run.is_empty() {
            return Ok(());
        }
        let family = self.family(column)?;
        let file = self.path().join(FILE);
        write_table(&file, &self.table_options(column), run).map_err(|error| self.error(error))?;
        let mut how = IngestExternalFileOptions::default();
        how.set_move_files(true);
        self.db().ingest_external_file_cf_opts(family, &how, vec![file]).map_err(|error| self.error(error))
    }

    /// The column's own, but for the slow compression of its last level: whoever waits for a restore would wait for that too.
    fn table_options(&self, column: &str) -> Options {
        let mut options = self.kind(column).unwrap_or(ColumnKind::PointLookup).options(self.resources());
        options.set_bottommost_compression_type(DBCompressionType::Lz4);
        options
    }
}

fn write_table(file: &Path, options: &Options, run: &Run) -> Result<(), rocksdb::Error> {
    let mut writer = SstFileWriter::create(options);
    writer.open(file)?;
    run.visit(|key, value| match value {
        Some(value) => writer.put(key, value),
        None => writer.delete(key),
    })?;
    writer.finish()
}
