//! Bars that begin where another ended: what took how long, and when.

use std::fmt;

use super::bars::cut;

/// Labelled bars under each other on one axis of time.
#[derive(Clone, Debug)]
pub(crate) struct Waterfall {
    total: u64,
    rows: Vec<(String, u64, u64)>,
}

/// Width of the axis, in characters.
const AXIS: usize = 30;

/// Width of the longest label; longer ones are cut.
const LABEL_MAX: usize = 66;

impl Waterfall {
    /// An axis of `total` ms.
    pub(crate) fn new(total: u64) -> Self {
        Self { total, rows: Vec::new() }
    }

    /// Adds a bar that begins at `start` ms and is `length` ms long.
    pub(crate) fn add(&mut self, label: impl Into<String>, start: u64, length: u64) {
        self.rows.push((label.into(), start, length));
    }

    /// Where on the axis a time is.
    fn place(&self, ms: u64) -> usize {
        let axis = AXIS as u64;
        // At most AXIS.
        (ms.min(self.total).saturating_mul(axis) / self.total.max(1)) as usize
    }
}

impl fmt::Display for Waterfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let label_width = self.rows.iter().map(|(label, ..)| label.chars().count()).max().unwrap_or(0).min(LABEL_MAX);
        for (label, start, length) in &self.rows {
            let (from, to) = (self.place(*start), self.place(start.saturating_add(*length)));
            // What took no time to speak of is a mark where it was.
            let bar = if to > from { "█".repeat(to - from) } else { "▏".to_owned() };
            let label = cut(label, label_width);
            writeln!(f, "  {label:<label_width$}  {length:>6} ms  {}{bar}", " ".repeat(from.min(AXIS - 1)))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_begin_where_the_time_was_and_what_took_none_is_a_mark() {
        let mut waterfall = Waterfall::new(60);
        waterfall.add("receive", 0, 20);
        waterfall.add(" process", 20, 0);
        waterfall.add("  send", 20, 40);
        let text = waterfall.to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], format!("  receive       20 ms  {}", "█".repeat(10)));
        assert_eq!(lines[1], format!("   process       0 ms  {}▏", " ".repeat(10)));
        assert_eq!(lines[2], format!("    send        40 ms  {}{}", " ".repeat(10), "█".repeat(20)));
    }

    #[test]
    fn nothing_is_drawn_beyond_the_axis() {
        let mut waterfall = Waterfall::new(0);
        waterfall.add("x".repeat(100), 5, 7);
        assert!(waterfall.to_string().chars().count() < LABEL_MAX + AXIS + 20);
        assert_eq!(Waterfall::new(10).place(u64::MAX), AXIS);
    }
}
