//! What operators ask: lag, tasks, topology, ledger, replay, configuration.

pub(crate) mod config;
pub(crate) mod lag;
pub(crate) mod ledger;
pub(crate) mod replay;
pub(crate) mod tasks;
pub(crate) mod topology;
