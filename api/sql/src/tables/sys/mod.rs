//! `sys_*`: the service itself.

mod config;
mod dead_letters;
mod lag;
mod ledger;
mod models;
mod stores;
mod tasks;
mod topics;
mod topology;

use std::sync::Arc;

use super::Table;

/// All tables about the service.
pub(super) fn tables() -> Vec<Arc<dyn Table>> {
    vec![
        tasks::table(),
        stores::table(),
        lag::table(),
        ledger::table(),
        topics::table(),
        topology::table(),
        config::table(),
        models::table(),
        Arc::new(dead_letters::DeadLetters::new()),
    ]
}
