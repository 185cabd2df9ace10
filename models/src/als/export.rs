//! Factors as text for other tools.

use std::io::{self, Write};

use crate::linear::Factors;

impl Factors {
    /// Writes the rows in word2vec's text format (a line `rows factors`, then a line `name v1 v2 …` for each), which
    /// gensim, annoy and nearest-neighbour tools load. Blanks in names become `_`; rows beyond the names are numbered.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_word2vec(&self, names: &[String], to: &mut impl Write) -> io::Result<()> {
        writeln!(to, "{} {}", self.rows(), self.dimension())?;
        for row in 0..self.rows() {
            let name = names.get(row).map_or_else(|| row.to_string(), |name| name.replace(char::is_whitespace, "_"));
            write!(to, "{name}")?;
            for value in self.get(row).unwrap_or_default() {
                write!(to, " {value}")?;
            }
            writeln!(to)?;
        }
        Ok(())
    }
}
