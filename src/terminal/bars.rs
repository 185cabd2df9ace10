//! Bars of blocks, for figures side by side.

use std::fmt;

/// Labelled bars under each other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bars {
    rows: Vec<(String, f64, String)>,
}

/// Width of the longest bar, in characters.
const WIDTH: usize = 40;

/// Eighths of a block.
const PARTS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

impl Bars {
    /// Adds a bar; `shown` is the figure as text.
    pub(crate) fn add(&mut self, label: impl Into<String>, figure: f64, shown: impl Into<String>) {
        self.rows.push((label.into(), figure.max(0.0), shown.into()));
    }
}

impl fmt::Display for Bars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let most = self.rows.iter().map(|(_, figure, _)| *figure).fold(0.0, f64::max);
        let label_width = self.rows.iter().map(|(label, _, _)| label.chars().count()).max().unwrap_or(0);
        let shown_width = self.rows.iter().map(|(_, _, shown)| shown.chars().count()).max().unwrap_or(0);
        for (label, figure, shown) in &self.rows {
            let eighths = if most > 0.0 { (figure / most * (WIDTH * 8) as f64).round() as usize } else { 0 };
            let mut bar = "█".repeat(eighths / 8);
            bar.extend(PARTS.get(eighths % 8).filter(|_| !eighths.is_multiple_of(8)));
            writeln!(f, "  {label:<label_width$}  {shown:>shown_width$}  {bar}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_bar_is_the_greatest_figure() {
        let mut bars = Bars::default();
        bars.add("2010-12", 100.0, "100");
        bars.add("2011-01", 50.0, "50");
        bars.add("2011-02", 0.0, "0");
        let text = bars.to_string();
        let lengths: Vec<usize> = text.lines().map(|line| line.matches('█').count()).collect();
        assert_eq!(lengths, [40, 20, 0]);
        assert!(text.starts_with("  2010-12  100  █"));
    }
}
