//! The kinds of customers of the history.

use std::fmt;

use serde::Serialize;
use tillstream_processors::Answers;

/// The kinds of customers; none before a model tells them apart.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub(super) struct Segments(Vec<Segment>);

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Segment {
    name: String,
    customers: u64,
}

impl Segments {
    /// Counts the customers of each kind.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(super) fn read(answers: &Answers) -> anyhow::Result<Self> {
        let all = answers.segmentation()?;
        let segments = all.iter().flat_map(|all| &all.segments);
        Ok(Self(segments.map(|one| Segment { name: one.name.clone(), customers: one.customers }).collect()))
    }
}

impl fmt::Display for Segments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each: Vec<String> = self.0.iter().map(|one| format!("{} {}", one.customers, one.name)).collect();
        if each.is_empty() { Ok(()) } else { writeln!(f, "Customers: {}\n", each.join(", ")) }
    }
}
