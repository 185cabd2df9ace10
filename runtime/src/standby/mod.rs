//! Standbys: copies of the state of tasks that run at other instances, kept warm from their changelogs.
//!
//! ```text
//! changelogs (read committed) ─> StandbyThread ─> Replica: state directory of the task ─> stale reads
//!                                     │ lets go
//! lease granted ─> Claims::claim ─────┘ ─> the task opens the same directory and restores the tail
//! ```
//!
//! Nobody hands standbys out. Each instance works out for itself which ones it keeps ([`placement`]), from what the
//! progress topic tells all of them: who runs which task.

mod claims;
mod placement;
mod replica;
mod standby_thread;

pub(crate) use claims::{Claim, Claims};
pub(crate) use standby_thread::StandbyThread;
