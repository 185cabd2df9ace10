//! What to show a customer next.

pub(crate) mod batch;
mod body;
pub(crate) mod experiments;
pub(crate) mod personal;
pub(crate) mod products;
pub(crate) mod session;
pub(crate) mod users;
mod view;
