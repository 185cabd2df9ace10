//! What a replay has read, for tests and for the demo's closing words.

use tillstream_models::events::Money;

/// Counts and sums of what was read so far; complete when the replay has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// Rows read: the sum of the three kinds.
    pub rows: u64,
    /// Rows that became a line of an order.
    pub sale_rows: u64,
    /// Rows that became a line of a return.
    pub cancellation_rows: u64,
    /// Rows that became a stock adjustment.
    pub adjustment_rows: u64,
    /// Orders placed.
    pub orders: u64,
    /// Returns.
    pub returns: u64,
    /// Orders with a leg that failed.
    pub failed_orders: u64,
    /// Orders with a leg that never came.
    pub timed_out_orders: u64,
    /// What the order lines are worth, GBP.
    pub gross: Money,
    /// What the return lines are worth, GBP, positive.
    pub refunds: Money,
}
