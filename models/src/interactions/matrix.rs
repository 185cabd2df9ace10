//! The sparse matrix itself.
#![expect(clippy::indexing_slicing, reason = "offsets and columns are checked when a matrix is made")]

use super::InteractionsError;

/// Largest weight of one cell: with more, `f32` sums of a row lose the other cells.
pub const MAX_WEIGHT: f32 = 1e9;

/// Non-negative weights of (user, item) cells by user: compressed sparse rows, items ascending within a row.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Interactions {
    starts: Vec<usize>,
    items: Vec<u32>,
    weights: Vec<f32>,
    width: usize,
}

/// One user's items, ascending, with their weights: as long as each other.
#[derive(Debug, Clone, Copy, Default)]
pub struct Row<'a> {
    /// The items.
    pub items: &'a [u32],
    /// What each counts.
    pub weights: &'a [f32],
}

impl<'a> Row<'a> {
    /// The cells of the row.
    pub fn iter(&self) -> impl Iterator<Item = (u32, f32)> + use<'a> {
        self.items.iter().copied().zip(self.weights.iter().copied())
    }

    /// Number of cells.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether the row has no cell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The row's cells of items below `width`: what a model that knows `width` items can use.
    #[must_use]
    pub fn below(&self, width: usize) -> Self {
        let end = self.items.partition_point(|&item| (item as usize) < width);
        Self { items: &self.items[..end], weights: &self.weights[..end] }
    }
}

impl Interactions {
    /// A matrix of `users × items` from cells in any order; weights of equal cells are added, zeros dropped.
    ///
    /// # Errors
    /// If a cell is outside the matrix, or a weight (or sum of weights) is not in `0..=`[`MAX_WEIGHT`].
    pub fn from_cells(users: usize, items: usize, cells: &[(u32, u32, f32)]) -> Result<Self, InteractionsError> {
        check_count("user", users)?;
        check_count("item", items)?;
        for &(user, item, weight) in cells {
            check_cell(users, items, user, item, weight)?;
        }
        let mut by_user = counting_sort(users, cells);
        let mut matrix = Self { starts: vec![0], width: items, ..Self::default() };
        for bounds in by_user.starts.windows(2) {
            let row = &mut by_user.cells[bounds[0]..bounds[1]];
            row.sort_by_key(|&(item, _)| item);
            matrix.push_row(row);
        }
        let too_large = matrix.weights.iter().position(|&weight| weight > MAX_WEIGHT);
        match too_large {
            Some(at) => {
                let user = matrix.starts.partition_point(|&start| start <= at) - 1;
                Err(InteractionsError::Weight { user: user as u32, item: matrix.items[at], weight: matrix.weights[at] })
            }
            None => Ok(matrix),
        }
    }

    fn push_row(&mut self, sorted: &[(u32, f32)]) {
        for same in sorted.chunk_by(|a, b| a.0 == b.0) {
            let weight: f32 = same.iter().map(|&(_, weight)| weight).sum();
            if weight > 0.0 {
                self.items.push(same[0].0);
                self.weights.push(weight);
            }
        }
        self.starts.push(self.items.len());
    }

    /// The same cells by item: users and items change places.
    #[must_use]
    pub fn transposed(&self) -> Self {
        let mut starts = vec![0; self.width + 1];
        for &item in &self.items {
            starts[item as usize + 1] += 1;
        }
        for item in 0..self.width {
            starts[item + 1] += starts[item];
        }
        let mut next = starts.clone();
        let (mut users, mut weights) = (vec![0; self.len()], vec![0.0; self.len()]);
        for user in 0..self.users() {
            for (item, weight) in self.row(user).iter() {
                let at = &mut next[item as usize];
                users[*at] = user as u32;
                weights[*at] = weight;
                *at += 1;
            }
        }
        Self { starts, items: users, weights, width: self.users() }
    }

    /// One user's items; an empty row past the end.
    #[must_use]
    pub fn row(&self, user: usize) -> Row<'_> {
        match (self.starts.get(user), self.starts.get(user + 1)) {
            (Some(&start), Some(&end)) => Row { items: &self.items[start..end], weights: &self.weights[start..end] },
            _ => Row::default(),
        }
    }

    /// All rows in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        (0..self.users()).map(|user| self.row(user))
    }

    /// Number of rows.
    #[must_use]
    pub fn users(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Number of columns.
    #[must_use]
    pub fn items(&self) -> usize {
        self.width
    }

    /// Number of cells with a weight.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether no cell has a weight.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

/// Users are the samples, items the features.
impl linfa::dataset::Records for Interactions {
    type Elem = f32;

    fn nsamples(&self) -> usize {
        self.users()
    }

    fn nfeatures(&self) -> usize {
        self.width
    }
}

fn check_count(what: &'static str, count: usize) -> Result<(), InteractionsError> {
    if count < u32::MAX as usize { Ok(()) } else { Err(InteractionsError::TooMany { what, count }) }
}

fn check_cell(users: usize, items: usize, user: u32, item: u32, weight: f32) -> Result<(), InteractionsError> {
    if user as usize >= users {
        return Err(InteractionsError::OutOfRange { what: "user", index: user, count: users });
    }
    if item as usize >= items {
        return Err(InteractionsError::OutOfRange { what: "item", index: item, count: items });
    }
    if !(0.0..=MAX_WEIGHT).contains(&weight) {
        return Err(InteractionsError::Weight { user, item, weight });
    }
    Ok(())
}

struct ByUser {
    starts: Vec<usize>,
    cells: Vec<(u32, f32)>,
}

/// Cells by user, in the order they came in within a user.
fn counting_sort(users: usize, cells: &[(u32, u32, f32)]) -> ByUser {
    let mut starts = vec![0; users + 1];
    for &(user, ..) in cells {
        starts[user as usize + 1] += 1;
    }
    for user in 0..users {
        starts[user + 1] += starts[user];
    }
    let (mut next, mut sorted) = (starts.clone(), vec![(0, 0.0); cells.len()]);
    for &(user, item, weight) in cells {
        let at = &mut next[user as usize];
        sorted[*at] = (item, weight);
        *at += 1;
    }
    ByUser { starts, cells: sorted }
}
