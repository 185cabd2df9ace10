//! Bodies of requests.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

use super::problem::{Kind, Problem};

/// What a body may be.
pub(crate) trait RequestBody: DeserializeOwned {
    /// How it is written, for those who got it wrong; empty where the fault says enough.
    const FORM: &'static str = "";
}

/// A JSON body; what cannot be read is a problem that says where.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(super) T);

impl<S: Send + Sync, T: RequestBody> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state).await;
        let bytes =
            bytes.map_err(|rejection| Problem::new(Kind::of_status(rejection.status()), rejection.body_text()))?;
        let told = |error: serde_json::Error| match T::FORM {
            "" => error.to_string(),
            form => format!("expected {form}: {error}"),
        };
        serde_json::from_slice(&bytes).map(Self).map_err(|error| Problem::new(Kind::BadBody, told(error)))
    }
}
