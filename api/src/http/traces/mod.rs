//! `GET /v1/traces`: where single orders spent their time.

pub(crate) mod list;
pub(crate) mod one;
mod view;
