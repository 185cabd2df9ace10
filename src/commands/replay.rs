//! `tillstream replay`: publish events from files.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use flate2::read::GzDecoder;
use tillstream_config::{Config, LogKind};
use tillstream_models::events::{
    ActivityEvent, Event, EventError, InventoryEvent, MAX_EVENT_BYTES, OrderEvent, PaymentEvent, ProductEvent,
};

use tillstream_runtime::{Clock as _, SystemClock};
use tillstream_shop::ShopRecord;
use tillstream_shop::online_retail::{OnlineRetail, Options};

use super::lag::Place;
use crate::client::Client;
use crate::configuration::ConfigArgs;
use crate::logging;
use crate::outlet::{Outlet, Sent};
use crate::publish::{LogPublisher, topic_names};
use crate::service::{OpenLog, resources, shop_settings, topic_specs};
use crate::shutdown::Shutdown;
use crate::terminal::print;
use crate::usage::UsageError;

/// Most records of one transaction or request.
const BATCH_RECORDS: usize = 1_000;

/// Bad lines that are told one by one.
const MAX_TOLD: u64 = 20;

/// Publishes events from NDJSON files (one event a line, also gzipped) or from the Online Retail CSV. Writes to the running
/// service, or into the data directory when none answers. A service takes old events only when it runs with
/// application.replay = true.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tillstream replay orders.ndjson payments.ndjson.gz   topics by the events' types
  tillstream replay --topic orders export.ndjson
  tillstream replay data/online_retail/online_retail.csv.gz --data ./data/history")]
pub(super) struct ReplayArgs {
    /// Files to publish, in this order.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The topic all events belong to; by the events' types if absent.
    #[arg(long, value_name = "T")]
    topic: Option<String>,
    #[command(flatten)]
    place: Place,
}

impl ReplayArgs {
    pub(super) fn run(&self, configuration: &ConfigArgs) -> anyhow::Result<()> {
        let loaded = configuration.load(&self.place.flags())?;
        logging::start(&loaded.config.logging, true)?;
        let kind = self.topic.as_deref().map(|topic| Kind::of_topic(topic, &loaded.config)).transpose()?;
        let mut outlet = self.outlet(&loaded.config)?;
        let (mut sent, mut bad) = (Sent::default(), 0);
        for path in &self.files {
            let records = open(path, kind)?;
            let mut batch = Vec::with_capacity(BATCH_RECORDS);
            for record in records {
                match record.with_context(|| path.display().to_string())? {
                    Ok(record) => batch.push(record),
                    Err(refusal) => {
                        bad += 1;
                        if bad <= MAX_TOLD {
                            eprintln!("{}: {refusal}", path.display());
                        }
                    }
                }
                if batch.len() >= BATCH_RECORDS {
                    sent += outlet.send(&mut batch, &Shutdown::default())?;
                }
            }
            sent += outlet.send(&mut batch, &Shutdown::default())?;
        }
        let refused = sent.refused + bad;
        print(format_args!("{} events published, {refused} refused\n", sent.accepted))?;
        anyhow::ensure!(refused == 0, "{refused} events were refused");
        Ok(())
    }

    fn outlet(&self, config: &Config) -> anyhow::Result<Outlet> {
        let client = Client::new(&self.place.url);
        if config.log.kind == LogKind::Embedded && self.place.data.is_none() && client.answers() {
            return Ok(Outlet::service(client, config));
        }
        let opened = OpenLog::open(config, &resources(config))?;
        opened.create_topics(topic_specs(config, &shop_settings(config)))?;
        let log = opened.shared();
        Ok(Outlet::Log(LogPublisher::new(&*log, config, "replay")?))
    }
}

/// A record, or why a line is none.
type Line = Result<ShopRecord, String>;

/// The records of a file, whatever its format.
fn open(path: &Path, kind: Option<Kind>) -> anyhow::Result<Box<dyn Iterator<Item = anyhow::Result<Line>>>> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if name.ends_with(".csv") || name.ends_with(".csv.gz") {
        let history = OnlineRetail::open(path, Options::default())?;
        return Ok(Box::new(history.map(|record| Ok(Ok(record?)))));
    }
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let reader: Box<dyn Read> = if name.ends_with(".gz") { Box::new(GzDecoder::new(file)) } else { Box::new(file) };
    Ok(Box::new(Lines { reader: BufReader::new(reader), number: 0, now_ms: SystemClock.now_ms(), kind }))
}

/// Events, one a line.
struct Lines {
    reader: BufReader<Box<dyn Read>>,
    number: u64,
    now_ms: i64,
    kind: Option<Kind>,
}

impl Lines {
    /// The next line, cut off where it is longer than any event may be.
    fn read(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        let limit = MAX_EVENT_BYTES as u64 + 2;
        let read = self.reader.by_ref().take(limit).read_until(b'\n', &mut line)?;
        if read as u64 == limit && line.last() != Some(&b'\n') {
            self.reader.skip_until(b'\n')?;
        }
        Ok((read > 0).then_some(line))
    }
}

impl Iterator for Lines {
    type Item = anyhow::Result<Line>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let line = match self.read() {
                Ok(line) => line?,
                Err(error) => return Some(Err(error.into())),
            };
            self.number += 1;
            let payload = line.trim_ascii();
            if !payload.is_empty() {
                let record = record(payload, self.kind, self.now_ms);
                return Some(Ok(record.map_err(|error| format!("line {}: {error}", self.number))));
            }
        }
    }
}

/// Which events a topic holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Order,
    Inventory,
    Payment,
    Activity,
    Product,
}

impl Kind {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Order, OrderEvent::TOPIC),
        (Self::Inventory, InventoryEvent::TOPIC),
        (Self::Payment, PaymentEvent::TOPIC),
        (Self::Activity, ActivityEvent::TOPIC),
        (Self::Product, ProductEvent::TOPIC),
    ];

    fn of_topic(topic: &str, config: &Config) -> Result<Self, UsageError> {
        let names = topic_names(config);
        let found = Self::ALL.iter().find(|(_, default)| names.get(default).is_some_and(|name| name == topic));
        found.map(|(kind, _)| *kind).ok_or_else(|| {
            let known: Vec<&str> = names.values().map(String::as_str).collect();
            UsageError::CommandLine(format!("--topic {topic}: topics that take events are {}", known.join(", ")))
        })
    }

    fn decode(self, payload: &[u8], now_ms: i64) -> Result<ShopRecord, EventError> {
        match self {
            Self::Order => decode::<OrderEvent>(payload, now_ms),
            Self::Inventory => decode::<InventoryEvent>(payload, now_ms),
            Self::Payment => decode::<PaymentEvent>(payload, now_ms),
            Self::Activity => decode::<ActivityEvent>(payload, now_ms),
            Self::Product => decode::<ProductEvent>(payload, now_ms),
        }
    }
}

fn decode<E: Event>(payload: &[u8], now_ms: i64) -> Result<ShopRecord, EventError> {
    let event = E::decode(payload)?;
    let (key, timestamp) = (event.key().to_owned(), event.at_ms().unwrap_or(now_ms));
    Ok(ShopRecord { topic: E::TOPIC, key, timestamp, value: payload.to_vec() })
}

/// The record of a payload: of the topic named, else of the one topic that knows its type.
fn record(payload: &[u8], kind: Option<Kind>, now_ms: i64) -> Result<ShopRecord, String> {
    if let Some(kind) = kind {
        return kind.decode(payload, now_ms).map_err(|error| error.to_string());
    }
    let known = Kind::ALL.into_iter().map(|(kind, _)| kind.decode(payload, now_ms));
    let mut known = known.filter(|outcome| !matches!(outcome, Err(EventError::UnknownType { .. })));
    match known.next() {
        Some(outcome) => outcome.map_err(|error| error.to_string()),
        None => Err("no topic has events of this type".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAID: &[u8] = br#"{"type":"PaymentCompleted","version":1,"eventId":"p-1","at":"2010-12-01T08:26:00Z","orderId":"7","amount":1,"currency":"GBP"}"#;

    #[test]
    fn the_type_tells_the_topic() {
        let record = record(PAID, None, 0).unwrap();
        assert_eq!((record.topic, record.key.as_str(), record.timestamp), ("payments", "7", 1_291_191_960_000));
        assert_eq!(record.value, PAID);
    }

    #[test]
    fn a_named_topic_must_fit() {
        assert!(record(PAID, Some(Kind::Order), 0).unwrap_err().contains("unknown event type"));
        assert!(record(br#"{"type":"Other"}"#, None, 0).unwrap_err().contains("no topic"));
        assert!(Kind::of_topic("payment", &Config::default()).unwrap_err().to_string().contains("payments"));
    }

    #[test]
    fn bad_lines_are_told_and_the_rest_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("events.ndjson");
        let long = vec![b'x'; MAX_EVENT_BYTES + 100];
        std::fs::write(&path, [PAID, b"\n\n{broken\n", &long, b"\n", PAID].concat()).unwrap();
        let lines: Vec<Line> = open(&path, None).unwrap().map(Result::unwrap).collect();
        let good: Vec<bool> = lines.iter().map(Result::is_ok).collect();
        assert_eq!(good, [true, false, false, true]);
        assert!(lines[1].as_ref().unwrap_err().starts_with("line 3: "));
    }
}
