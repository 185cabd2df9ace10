//! When the rows of an outer join's waiting set are due.

use std::collections::BTreeMap;

use super::waiting_serde::Side;

/// How long each side waits, ms of event time behind the record, grace included.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waits {
    pub(super) left: i64,
    pub(super) right: i64,
    /// Whether right records wait: in an outer join.
    pub(super) outer: bool,
    /// How often, by the wall clock in ms, rows are released at most.
    pub(super) interval: i64,
}

impl Waits {
    pub(super) fn of(self, side: Side) -> i64 {
        match side {
            Side::Left => self.left,
            Side::Right => self.right,
        }
    }

    pub(super) fn shortest(self) -> i64 {
        if self.outer { self.left.min(self.right) } else { self.left }
    }
}

/// Number of rows of each time and side, in the order of the rows: time, then right, then left.
#[derive(Debug, Default)]
pub(super) struct WaitingTimes(BTreeMap<(i64, Order), usize>);

/// Sides in the order of their rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Order {
    Right,
    Left,
}

impl From<Side> for Order {
    fn from(side: Side) -> Self {
        match side {
            Side::Left => Self::Left,
            Side::Right => Self::Right,
        }
    }
}

impl WaitingTimes {
    pub(super) fn add(&mut self, time: i64, side: Side) {
        *self.0.entry((time, side.into())).or_default() += 1;
    }

    pub(super) fn remove(&mut self, time: i64, side: Side) {
        let place = (time, side.into());
        if let Some(count) = self.0.get_mut(&place) {
            *count -= 1;
            if *count == 0 {
                self.0.remove(&place);
            }
        }
    }

    pub(super) fn oldest(&self) -> Option<i64> {
        self.0.keys().next().map(|(time, _)| *time)
    }

    /// The time of the row at which a look through the set ends at `now`: behind the first row of each side that still
    /// waits, since those behind them wait as well; or the last row.
    pub(super) fn met_last(&self, waits: Waits, now: i64) -> Option<i64> {
        let first = |side: Side| {
            let from = (now.saturating_sub(waits.of(side)), Order::Right);
            self.0.range(from..).map(|(place, _)| *place).find(|(_, order)| *order == side.into())
        };
        let last = || self.0.keys().next_back().map(|(time, _)| *time);
        let (Some(left), Some(right)) = (first(Side::Left), first(Side::Right)) else { return last() };
        let both = left.max(right);
        if self.0.get(&both).is_some_and(|count| *count > 1) {
            return Some(both.0);
        }
        let mut behind = self.0.range(both..).skip(1);
        behind.next().map_or_else(last, |((time, _), _)| Some(*time))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits() -> Waits {
        Waits { left: 10, right: 5, outer: true, interval: 0 }
    }

    fn times(rows: &[(i64, Side)]) -> WaitingTimes {
        let mut times = WaitingTimes::default();
        rows.iter().for_each(|(time, side)| times.add(*time, *side));
        times
    }

    #[test]
    fn a_look_ends_behind_the_first_waiting_row_of_each_side() {
        let (left, right) = (Side::Left, Side::Right);
        // At 20 left rows wait from 10 on, right ones from 15 on.
        assert_eq!(times(&[(3, left), (12, left), (16, right), (18, left)]).met_last(waits(), 20), Some(18));
        assert_eq!(times(&[(12, left), (16, right), (16, right), (18, left)]).met_last(waits(), 20), Some(16));
        assert_eq!(times(&[(16, left), (16, right), (16, left)]).met_last(waits(), 20), Some(16));
    }

    #[test]
    fn a_look_goes_to_the_last_row_while_one_side_has_none_waiting() {
        let (left, right) = (Side::Left, Side::Right);
        assert_eq!(times(&[(12, left), (13, left), (14, left)]).met_last(waits(), 20), Some(14));
        assert_eq!(times(&[(12, left), (14, right)]).met_last(waits(), 20), Some(14), "no right row waits");
        assert_eq!(times(&[]).met_last(waits(), 20), None);
    }

    #[test]
    fn removed_rows_are_forgotten() {
        let mut times = times(&[(1, Side::Left), (1, Side::Left), (2, Side::Right)]);
        times.remove(1, Side::Left);
        assert_eq!(times.oldest(), Some(1));
        times.remove(1, Side::Left);
        assert_eq!(times.oldest(), Some(2));
    }
}
