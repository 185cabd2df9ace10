//! Progress bars, on stderr; invisible where stderr is no terminal.

use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use tillstream_api::ReplayProgress;

/// Shows events published and processed.
#[derive(Debug)]
pub(crate) struct ReplayBar {
    bar: ProgressBar,
}

impl ReplayBar {
    pub(crate) fn start(already: u64) -> Self {
        let bar = ProgressBar::new(0).with_position(already);
        if let Ok(style) = ProgressStyle::with_template("{bar:32.cyan/dim} {msg}  {elapsed:.dim}") {
            bar.set_style(style.progress_chars("█▉▊▋▌▍▎▏ "));
        }
        Self { bar }
    }

    /// Shows how far it is; `lag` is the number of records the processors have before them.
    pub(crate) fn show(&self, progress: &ReplayProgress, lag: u64) {
        let (published, total) = (progress.published(), progress.total());
        self.bar.set_length(total.max(published));
        self.bar.set_position(published);
        let (published, lag) = (HumanCount(published), HumanCount(lag));
        // The total is known once the whole source was counted.
        let of = if total > 0 { format!(" of {}", HumanCount(total)) } else { String::new() };
        self.bar.set_message(format!("{published}{of} events published, {lag} records to process"));
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// Shows how many combinations of a grid were tried.
#[derive(Debug)]
pub(crate) struct GridBar {
    bar: ProgressBar,
}

impl GridBar {
    pub(crate) fn start() -> Self {
        let bar = ProgressBar::new(0);
        if let Ok(style) =
            ProgressStyle::with_template("{bar:32.cyan/dim} {pos} of {len} combinations  {eta:.dim} left")
        {
            bar.set_style(style.progress_chars("█▉▊▋▌▍▎▏ "));
        }
        Self { bar }
    }

    pub(crate) fn show(&self, done: usize, of: usize) {
        self.bar.set_length(of as u64);
        self.bar.set_position(done as u64);
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
