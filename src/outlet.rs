//! Where made-up and recorded events go: into the log of this process, or to a running service.

use std::collections::BTreeMap;
use std::ops::AddAssign;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;
use tillstream_config::Config;
use tillstream_shop::ShopRecord;

use crate::client::{Client, Reply};
use crate::publish::{LogPublisher, topic_names};
use crate::shutdown::Shutdown;

/// How long to wait when the service is busy.
const BUSY_PAUSE: Duration = Duration::from_millis(500);

/// Takes records in batches.
#[derive(Debug)]
pub(crate) enum Outlet {
    /// The log of this process: takes what it gets, the processors judge it.
    Log(LogPublisher),
    /// A running service: refuses what is not an event.
    Service { client: Client, topics: BTreeMap<&'static str, String> },
}

/// What became of what was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sent {
    /// Records in the log now.
    pub(crate) accepted: u64,
    /// Records the service refused.
    pub(crate) refused: u64,
}

impl AddAssign for Sent {
    fn add_assign(&mut self, other: Self) {
        self.accepted += other.accepted;
        self.refused += other.refused;
    }
}

impl Outlet {
    pub(crate) fn service(client: Client, config: &Config) -> Self {
        Self::Service { client, topics: topic_names(config) }
    }

    /// Sends a batch and empties it. A busy service is waited for until the program should stop.
    ///
    /// # Errors
    /// When the log or the service fails.
    pub(crate) fn send(&mut self, batch: &mut Vec<ShopRecord>, shutdown: &Shutdown) -> anyhow::Result<Sent> {
        if batch.is_empty() {
            return Ok(Sent::default());
        }
        let sent = match self {
            Self::Log(publisher) => {
                for record in &*batch {
                    publisher.append(record)?;
                }
                let committed = publisher.commit(None, shutdown)?;
                Sent { accepted: if committed { batch.len() as u64 } else { 0 }, refused: 0 }
            }
            Self::Service { client, topics } => send_to(client, topics, batch, shutdown)?,
        };
        batch.clear();
        Ok(sent)
    }
}

/// One request for each topic, since a request names one.
fn send_to(
    client: &Client,
    topics: &BTreeMap<&'static str, String>,
    batch: &[ShopRecord],
    shutdown: &Shutdown,
) -> anyhow::Result<Sent> {
    let mut by_topic: BTreeMap<&str, Vec<&[u8]>> = BTreeMap::new();
    for record in batch {
        by_topic.entry(record.topic).or_default().push(&record.value);
    }
    let mut sent = Sent::default();
    for (default, events) in by_topic {
        let topic = topics.get(default).with_context(|| format!("the shop has no topic {default}"))?;
        sent += send_topic(client, topic, events, shutdown)?;
    }
    Ok(sent)
}

/// Sends the events; those that are refused are left out of a second try, since a request is taken as a whole or not.
fn send_topic(client: &Client, topic: &str, mut events: Vec<&[u8]>, shutdown: &Shutdown) -> anyhow::Result<Sent> {
    let mut refused = 0;
    while !events.is_empty() {
        // A line break inside damaged bytes would be taken for two events.
        let lines = events.iter().map(|event| event.iter().map(|byte| if *byte == b'\n' { b' ' } else { *byte }));
        let body: Vec<u8> = lines.flat_map(|line| line.chain([b'\n'])).collect();
        let reply = client.send_events(topic, &body)?;
        match reply.status {
            202 => break,
            429 | 503 if shutdown.wait(BUSY_PAUSE) => {}
            429 | 503 => return Ok(Sent { accepted: 0, refused }),
            400 => {
                let bad = bad_indices(&reply);
                if bad.is_empty() {
                    return Err(reply.success().err().unwrap_or_else(|| anyhow::anyhow!("events were refused")));
                }
                refused += bad.len() as u64;
                let mut index = 0..;
                events.retain(|_| index.next().is_none_or(|index| !bad.contains(&index)));
            }
            _ => {
                reply.success()?;
            }
        }
    }
    Ok(Sent { accepted: events.len() as u64, refused })
}

fn bad_indices(reply: &Reply) -> Vec<u64> {
    let errors = reply.body.get("errors").and_then(Value::as_array);
    errors.into_iter().flatten().filter_map(|error| error.get("index")?.as_u64()).collect()
}
