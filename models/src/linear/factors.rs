//! A table of factor rows.
#![expect(clippy::indexing_slicing, reason = "rows are asked for below the table's own length")]

/// Rows are padded with zeros to a multiple of this many floats: one AVX-512 register, so that no kernel needs a tail.
const LANES: usize = 16;

/// `length` rounded up to whole vector registers.
pub(crate) fn padded(length: usize) -> usize {
    length.next_multiple_of(LANES)
}

/// Factor vectors of users or items, one row each, row-major `f32`, each row padded with zeros to whole registers.
#[derive(Debug, Clone, PartialEq)]
pub struct Factors {
    rows: usize,
    dimension: usize,
    stride: usize,
    data: Vec<f32>,
}

impl Factors {
    /// A table of zeros.
    #[must_use]
    pub fn zeros(rows: usize, dimension: usize) -> Self {
        let stride = padded(dimension);
        Self { rows, dimension, stride, data: vec![0.0; rows * stride] }
    }

    /// A table from rows laid one after the other without padding; `None` unless `values` holds a whole number of rows.
    #[must_use]
    pub fn from_dense(dimension: usize, values: &[f32]) -> Option<Self> {
        if dimension == 0 || !values.len().is_multiple_of(dimension) {
            return None;
        }
        let mut table = Self::zeros(values.len() / dimension, dimension);
        for (row, from) in table.data.chunks_exact_mut(table.stride).zip(values.chunks_exact(dimension)) {
            row[..dimension].copy_from_slice(from);
        }
        Some(table)
    }

    /// The rows one after the other, without padding.
    pub fn dense(&self) -> impl Iterator<Item = f32> + '_ {
        self.data.chunks_exact(self.stride.max(1)).flat_map(|row| row[..self.dimension].iter().copied())
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of factors in a row.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// One row without its padding; `None` past the end.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<&[f32]> {
        (row < self.rows).then(|| &self.row(row)[..self.dimension])
    }

    /// Lengthens the table with rows of zeros; a shorter length is ignored.
    pub fn grow(&mut self, rows: usize) {
        if rows > self.rows {
            self.rows = rows;
            self.data.resize(rows * self.stride, 0.0);
        }
    }

    /// Floats from one row to the next.
    pub(crate) fn stride(&self) -> usize {
        self.stride
    }

    /// One row with its padding.
    pub(crate) fn row(&self, row: usize) -> &[f32] {
        &self.data[row * self.stride..(row + 1) * self.stride]
    }

    /// One row with its padding, to be overwritten.
    pub(crate) fn row_mut(&mut self, row: usize) -> &mut [f32] {
        &mut self.data[row * self.stride..(row + 1) * self.stride]
    }

    /// All rows with their padding.
    pub(crate) fn as_slice(&self) -> &[f32] {
        &self.data
    }

    /// All rows with their padding, to be overwritten.
    pub(crate) fn as_mut_slice(&mut self) -> &mut [f32] {
        &mut self.data
    }
}
