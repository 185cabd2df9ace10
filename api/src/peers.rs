//! Reading state at other instances, over their HTTP interface.

use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use tillstream_runtime::{Peers, TaskId};
use tillstream_stores::{Question, RemoteState};

/// Path below which an instance answers for its tasks.
pub(crate) const STATE_PATH: &str = "/internal/v1/tasks";

/// How long an instance may take to be found. Less than a reader's patience: an instance that died is told about.
const CONNECT_TIME: Duration = Duration::from_secs(1);

/// How long an answer may take.
const ANSWER_TIME: Duration = Duration::from_secs(5);

/// Largest answer: a page of rows and one row more.
const ANSWER_BYTES: u64 = 64 << 20;

/// Asks other instances; keeps connections to them.
#[derive(Clone, Debug)]
pub struct HttpPeers {
    agent: ureq::Agent,
}

impl Default for HttpPeers {
    fn default() -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT_TIME))
            .timeout_global(Some(ANSWER_TIME))
            .build();
        Self { agent: ureq::Agent::new_with_config(config) }
    }
}

impl Peers for HttpPeers {
    fn state(&self, address: &str, task: TaskId) -> Arc<dyn RemoteState> {
        let url = format!("http://{address}{STATE_PATH}/{task}/state");
        Arc::new(PeerTask { agent: self.agent.clone(), address: address.to_owned(), url })
    }
}

/// A task at another instance.
#[derive(Debug)]
struct PeerTask {
    agent: ureq::Agent,
    address: String,
    url: String,
}

impl RemoteState for PeerTask {
    fn ask(&self, question: &Question) -> Result<Vec<u8>, String> {
        let told = |error: &dyn std::fmt::Display| format!("{} ({error})", self.address);
        let mut response = self.agent.post(&self.url).send_json(question).map_err(|error| told(&error))?;
        let status = response.status();
        let mut body = Vec::new();
        let reader = response.body_mut().with_config().limit(ANSWER_BYTES).reader();
        reader.take(ANSWER_BYTES).read_to_end(&mut body).map_err(|error| told(&error))?;
        if status.is_success() { Ok(body) } else { Err(told(&status)) }
    }
}
