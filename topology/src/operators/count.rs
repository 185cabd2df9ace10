//! What `count` counts in.

/// A number that can count records.
///
/// ```
/// use tillstream_topology::Count;
/// assert_eq!(u64::ZERO.up().up().down(), 1);
/// ```
pub trait Count: Clone + 'static {
    /// No record.
    const ZERO: Self;

    /// One record more.
    #[must_use]
    fn up(self) -> Self;

    /// One record less. A number without signs stops at zero.
    #[must_use]
    fn down(self) -> Self;

    /// Both counts together.
    #[must_use]
    fn plus(self, other: Self) -> Self;
}

macro_rules! count_in {
    ($($number:ty),*) => {$(
        impl Count for $number {
            const ZERO: Self = 0;

            fn up(self) -> Self {
                self.saturating_add(1)
            }

            fn down(self) -> Self {
                self.saturating_sub(1)
            }

            fn plus(self, other: Self) -> Self {
                self.saturating_add(other)
            }
        }
    )*};
}

count_in!(i64, u64, u32);
