//! A running service, over HTTP.

use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::Value;

/// Where commands look for a running service.
pub(crate) const DEFAULT_URL: &str = "http://127.0.0.1:8080";

/// How long a service may take to be found.
const CONNECT_TIME: Duration = Duration::from_secs(2);

/// How long an answer may take.
const ANSWER_TIME: Duration = Duration::from_secs(60);

/// Talks to a running service.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    agent: ureq::Agent,
    url: String,
}

/// What a service answered.
#[derive(Debug)]
pub(crate) struct Reply {
    /// HTTP status.
    pub(crate) status: u16,
    /// The body, JSON.
    pub(crate) body: Value,
}

impl Client {
    pub(crate) fn new(url: &str) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT_TIME))
            .timeout_global(Some(ANSWER_TIME))
            .build();
        Self { agent: ureq::Agent::new_with_config(config), url: url.trim_end_matches('/').to_owned() }
    }

    /// The address of the service.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Whether a Tillstream service answers.
    pub(crate) fn answers(&self) -> bool {
        self.request("/livez")
            .is_ok_and(|reply| reply.status == 200 && reply.body.get("status").and_then(Value::as_str) == Some("alive"))
    }

    /// A JSON answer; a problem of the service becomes an error with its detail.
    ///
    /// # Errors
    /// When the service cannot be reached or reports a problem.
    pub(crate) fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.request(path)?.success()
    }

    /// Posts without a body.
    ///
    /// # Errors
    /// When the service cannot be reached or reports a problem.
    pub(crate) fn post(&self, path: &str) -> anyhow::Result<Value> {
        let response = self.agent.post(format!("{}{path}", self.url)).send_empty();
        reply(response, &self.url)?.success()
    }

    /// Sends events, one a line.
    ///
    /// # Errors
    /// When the service cannot be reached; what it says about the events is in the reply.
    pub(crate) fn send_events(&self, topic: &str, lines: &[u8]) -> anyhow::Result<Reply> {
        let request = self.agent.post(format!("{}/v1/topics/{topic}/events", self.url));
        reply(request.content_type("application/x-ndjson").send(lines), &self.url)
    }

    /// Posts JSON and answers what comes, whatever its status; the body is read as it comes.
    ///
    /// # Errors
    /// When the service cannot be reached.
    pub(crate) fn post_json(
        &self,
        path: &str,
        body: &Value,
        accept: &str,
    ) -> anyhow::Result<ureq::http::Response<ureq::Body>> {
        let request = self.agent.post(format!("{}{path}", self.url)).header("accept", accept);
        request.send_json(body).with_context(|| format!("no service answers at {}", self.url))
    }

    fn request(&self, path: &str) -> anyhow::Result<Reply> {
        reply(self.agent.get(format!("{}{path}", self.url)).call(), &self.url)
    }
}

fn reply(response: Result<ureq::http::Response<ureq::Body>, ureq::Error>, url: &str) -> anyhow::Result<Reply> {
    let mut response = response.with_context(|| format!("no service answers at {url}"))?;
    let status = response.status().as_u16();
    let body = response.body_mut().read_json().with_context(|| format!("{url} did not answer with JSON"))?;
    Ok(Reply { status, body })
}

impl Reply {
    /// The body of a success.
    ///
    /// # Errors
    /// The problem's detail.
    pub(crate) fn success(self) -> anyhow::Result<Value> {
        if (200..300).contains(&self.status) {
            return Ok(self.body);
        }
        let detail = self.body.get("detail").and_then(Value::as_str).unwrap_or("no detail was given");
        bail!("the service answered {}: {detail}", self.status)
    }
}
