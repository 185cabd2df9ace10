//! Answers from state: JSON, stamped with what it corresponds to.

use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tillstream_models::events::payload_hash;

use super::problem::Problem;
use crate::position_cache::Stamp;

/// Which source offsets an answer contains at least: `orders:0=12,1=15;payments:0=3`.
pub(crate) const POSITION: HeaderName = HeaderName::from_static("tillstream-position");

/// How long an answer may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caching {
    /// It may be another one at the next commit.
    Fresh,
    /// As fresh, and meant for one customer alone.
    Private,
    /// It can never change again; the tag is made of what is final.
    Final {
        /// Fingerprint of what is final.
        tag: u64,
    },
}

/// A JSON answer from state.
#[derive(Debug)]
pub(crate) struct Answer<T> {
    pub(crate) body: T,
    pub(crate) stamp: Stamp,
    pub(crate) caching: Caching,
}

impl<T> Answer<T> {
    pub(crate) fn fresh(body: T, stamp: Stamp) -> Self {
        Self { body, stamp, caching: Caching::Fresh }
    }

    pub(crate) fn private(body: T, stamp: Stamp) -> Self {
        Self { body, stamp, caching: Caching::Private }
    }
}

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        let body = match serde_json::to_vec(&self.body) {
            Ok(body) => body,
            Err(error) => return Problem::internal(&error).into_response(),
        };
        let mut response =
            ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response();
        let headers = response.headers_mut();
        headers.insert(POSITION, self.stamp.position);
        match self.caching {
            Caching::Fresh => {
                headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            }
            Caching::Private => {
                headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
            }
            Caching::Final { tag } => {
                headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600, immutable"));
                // Weak: `asOf` beside the final part moves on.
                if let Ok(tag) = HeaderValue::from_str(&format!("W/\"{tag:016x}\"")) {
                    headers.insert(header::ETAG, tag);
                }
            }
        }
        response
    }
}

/// The tag of what is final in an answer.
pub(crate) fn tag_of(part: &impl Serialize) -> u64 {
    payload_hash(&serde_json::to_vec(part).unwrap_or_default())
}
