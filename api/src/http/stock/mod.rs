//! `GET /v1/stock`: how much of a product there is, and when it will be out.

pub(super) mod forecast;
pub(super) mod list;
pub(super) mod one;
mod view;
