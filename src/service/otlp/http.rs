//! The HTTP client the exporter sends with: the one the command line has anyway.

use std::time::Duration;

use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};

/// How long a collector may take.
const ANSWER_TIME: Duration = Duration::from_secs(5);

/// Blocks: for a thread that does nothing else.
#[derive(Debug)]
pub(super) struct Http(ureq::Agent);

impl Default for Http {
    fn default() -> Self {
        let config =
            ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(ANSWER_TIME)).build();
        Self(ureq::Agent::new_with_config(config))
    }
}

#[async_trait]
impl HttpClient for Http {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (parts, body) = request.into_parts();
        let answer = self.0.run(Request::from_parts(parts, body.as_ref()))?;
        let (parts, mut body) = answer.into_parts();
        Ok(Response::from_parts(parts, body.read_to_vec()?.into()))
    }
}
