//! Query processes: what a query does to its process, it does to nobody else.
//!
//! ```text
//!  service                                         query process
//!  Pool ── place, deadline ──▶ Run ─────────────▶ Engine
//!   │                          ◀──── Scan, Next ──── needs rows
//!   └─ Scanner ── snapshot ──▶ Batch, ScanEnd ───▶
//!                              ◀──── Head, Chunk, Done │ Failed
//! ```
//!
//! Frames go over the pipes of the process's standard input and output. A query that takes too long, needs too much memory or
//! goes too deep ends its process, and the next query gets a new one.

mod child;
mod effort;
mod frame;
mod governor;
mod known;
mod lane;
mod meter;
mod outcome;
mod penalty;
mod pipes;
mod pool;
mod process;
mod processes;
mod scans;
mod threads;

pub use child::serve;
pub(crate) use pool::Pool;
