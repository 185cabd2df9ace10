//! Why there are no segments.

/// Why there are no segments.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SegmentError {
    /// Nobody to tell apart.
    #[error("there are no customers to tell apart")]
    NoCustomers,
    /// A centroid is not a finite number.
    #[error("a centroid is not a finite number")]
    NotFinite,
    /// K-means cannot run as asked.
    #[error("customers cannot be told apart: {0}")]
    KMeans(#[from] linfa_clustering::KMeansError),
    /// The bytes are no segments.
    #[error("the segments cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// Segments of another release.
    #[error("the segments have format version {found}, this release reads {expected}: they are made again")]
    Version {
        /// What the bytes say.
        found: u32,
        /// What is read.
        expected: u32,
    },
}
