//! State of stream tasks: typed stores with uncommitted writes in memory and committed rows in RocksDB or memory.
//!
//! A store is an **overlay** (typed values, dirty or cached) over a **table** of committed bytes. Processing reads and
//! writes the overlay. At a commit [`TaskState::stage`] encodes what is dirty once, into changelog records and a batch;
//! when the log's transaction is known to be committed, [`TaskState::apply`] writes that batch together with the changelog
//! offsets and the input position. So a crash leaves the tables behind the log, never ahead of it.
//!
//! ```
//! use std::sync::Arc;
//! use tillstream_stores::rocks::Resources;
//! use tillstream_stores::*;
//!
//! let builder: Arc<dyn StoreBuilder> =
//!     Arc::new(KeyValueBuilder::new(StoreOptions::new("orders-by-user"), utf8(), u64_be()));
//! let mut state = TaskState::open(None, &[Arc::clone(&builder)], &Resources::default())?;
//! let BuiltStore { typed, store } = builder.build(&state)?;
//! let orders: std::rc::Rc<std::cell::RefCell<KeyValueStore<String, u64>>> = typed.downcast().unwrap();
//!
//! orders.borrow_mut().update(&"ada".to_owned(), &Headers::new(), |row| {
//!     let count = row.map_or(0, |row| row.value);
//!     Ok::<_, Error>(Some(ValueAndTimestamp::new(count + 1, 1_700_000_000_000)))
//! })?;
//! let staged = state.stage(&[std::rc::Rc::clone(&store)])?;
//! assert_eq!(staged.changelog.len(), 1); // append these, commit the log, then:
//! state.apply(staged, CommitMeta::default(), &[store])?;
//! # Ok::<(), Error>(())
//! ```
//!
//! Nothing here starts a thread, reads a clock or knows the log: time and records are handed in. Calls block on the disk;
//! keep them off asynchronous threads.
//!
//! | to find | look in |
//! |---|---|
//! | what a processor calls | [`KeyValueStore`], [`WindowStore`], [`SessionStore`] |
//! | how a commit is made durable | [`TaskState`] |
//! | what queries on other threads read | [`TaskReader`], [`Snapshot`] |
//! | bytes of keys and values | [`Serde`], `layout`, `value` |
//! | RocksDB | [`rocks`] |
#![forbid(unsafe_code)]

mod builder;
mod committed;
mod encoded;
mod error;
mod headers;
mod key_value;
mod layout;
mod meta;
mod observed_time;
mod options;
mod overlay;
mod position;
pub mod rocks;
mod rows;
mod serdes;
mod session;
mod snapshot;
mod staged;
mod state_store;
mod table;
mod task_state;
mod value;
mod window;

pub use builder::{BuiltStore, KeyValueBuilder, StoreBuilder, StoreKind, WindowBuilder};
pub use error::Error;
pub use headers::Headers;
pub use key_value::KeyValueStore;
pub use observed_time::{ObservedTime, ObservedTimes};
pub use options::{Backend, ChangelogMode, Format, ListingOrder, StoreOptions, WindowOptions};
pub use overlay::Flushed;
pub use position::{Position, PositionError};
pub use serdes::{
    Serde, SerdeError, SharedSerde, Window, Windowed, arc_str, bytes, i32_be, i64_be, json, nullable, session_windowed,
    text, time_windowed, u64_be, unit, utf8,
};
pub use session::{SessionBuilder, SessionStore};
pub use snapshot::{KeyValueView, Question, RemoteState, RowVisitor, SessionView, Snapshot, TaskReader, WindowView};
pub use staged::{ChangelogRecord, RestoreBatch, RestoreRecord, Staged};
pub use state_store::{StateStore, StoreStats};
pub use task_state::{CommitMeta, TaskState, quarantine};
pub use value::ValueAndTimestamp;
pub use window::WindowStore;
