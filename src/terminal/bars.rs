//! Bars of blocks, for figures side by side.

use std::fmt;

/// Labelled bars under each other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bars {
    rows: Vec<(String, f64, String)>,
}

/// Width of a line, in characters: as wide as the narrowest terminal in use.
const LINE: usize = 80;

/// Width of the longest bar where the labels leave room for it.
const BAR_MAX: usize = 40;

/// Width of the longest bar in any case: long labels are cut for it.
const BAR_MIN: usize = 12;

/// Characters between the columns.
const GAPS: usize = 6;

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
        let decimals = self.rows.iter().map(|(_, _, shown)| fraction(shown)).max().unwrap_or(0);
        // Decimal points stand under each other.
        let aligned = |shown: &str| format!("{shown}{}", " ".repeat(decimals - fraction(shown)));
        let shown_width = self.rows.iter().map(|(_, _, shown)| aligned(shown).chars().count()).max().unwrap_or(0);
        let label_max = LINE.saturating_sub(shown_width + GAPS + BAR_MIN);
        let label_width = self.rows.iter().map(|(label, _, _)| label.chars().count()).max().unwrap_or(0).min(label_max);
        let width = LINE.saturating_sub(label_width + shown_width + GAPS).min(BAR_MAX);
        for (label, figure, shown) in &self.rows {
            let eighths = if most > 0.0 { (figure / most * (width * 8) as f64).round() as usize } else { 0 };
            let mut bar = "█".repeat(eighths / 8);
            bar.extend(PARTS.get(eighths % 8).filter(|_| !eighths.is_multiple_of(8)));
            let (label, shown) = (cut(label, label_width), aligned(shown));
            writeln!(f, "  {label:<label_width$}  {shown:>shown_width$}  {bar}")?;
        }
        Ok(())
    }
}

/// Characters from the decimal point to the end.
fn fraction(shown: &str) -> usize {
    shown.find('.').map_or(0, |point| shown.len() - point)
}

/// At most `width` characters of a label.
pub(super) fn cut(label: &str, width: usize) -> String {
    if label.chars().count() <= width {
        return label.to_owned();
    }
    label.chars().take(width.saturating_sub(1)).chain(['…']).collect()
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

    #[test]
    fn long_labels_are_cut_so_that_no_line_is_broken() {
        let mut bars = Bars::default();
        bars.add("x".repeat(100), 2.0, "546");
        bars.add("short", 1.0, "7.25");
        let text = bars.to_string();
        assert!(text.lines().all(|line| line.chars().count() <= LINE), "{text}");
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].contains("x…") && lines[0].ends_with(&"█".repeat(BAR_MIN)), "{text}");
        assert!(lines[1].contains("  7.25  ") && lines[0].contains(" 546   "), "decimal points line up: {text}");
    }
}
