//! `GET /v1/customers`, `GET /v1/segments`: what customers are worth, what kinds there are, who is about to leave.

pub(super) mod list;
pub(super) mod one;
pub(super) mod segments;
mod view;
