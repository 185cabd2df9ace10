//! The progress bar of a replay, on stderr; invisible where stderr is no terminal.

use indicatif::{ProgressBar, ProgressStyle};
use tillstream_api::ReplayProgress;

/// Shows events published and processed.
#[derive(Debug)]
pub(crate) struct ReplayBar {
    bar: ProgressBar,
}

impl ReplayBar {
    pub(crate) fn start(already: u64) -> Self {
        let bar = ProgressBar::new(0).with_position(already);
        let template = "{bar:32.cyan/dim} {human_pos} of {human_len} events  {per_sec:.dim}  {eta:.dim}  {msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("█▉▊▋▌▍▎▏ "));
        }
        bar.reset_eta();
        Self { bar }
    }

    /// Shows how far it is; `lag` is the number of records the processors have before them.
    pub(crate) fn show(&self, progress: &ReplayProgress, lag: u64) {
        self.bar.set_length(progress.total().max(progress.published()));
        self.bar.set_position(progress.published());
        self.bar.set_message(if lag > 0 { format!("{lag} to process") } else { String::new() });
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
