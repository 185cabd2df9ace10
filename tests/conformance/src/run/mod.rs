//! Runs a case and writes down what happened, in the form of its `expect` part.

mod read_back;

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use serde_json::{Map, Value as Json, json};
use tillstream_topology::driver::{DriverError, DriverOptions, ProducedRecord};
use tillstream_topology::stores::{Backend, Headers};
use tillstream_topology::{Topology, TopologyTestDriver};

use crate::build::{self, AllStores, Made, Op};
use crate::{Case, CaseError, Value};

/// Where the stores of a run are.
#[derive(Clone, Copy, Debug)]
pub enum Stores<'a> {
    /// All in memory.
    InMemory,
    /// Each where the case says, in this directory.
    AsStated(&'a Path),
    /// All on disk, in this directory.
    OnDisk(&'a Path),
}

/// Runs `case` and answers what its `expect` part should be.
///
/// # Errors
/// When the case cannot be understood; what the topology or a record does wrong is part of the answer.
pub fn run(case: &Case, stores: Stores<'_>) -> Result<Json, CaseError> {
    let (all, state_dir) = match stores {
        Stores::InMemory => (AllStores::On(Backend::Memory), None),
        Stores::AsStated(directory) => (AllStores::AsStated, Some(directory.to_owned())),
        Stores::OnDisk(directory) => (AllStores::On(Backend::Rocks), Some(directory.to_owned())),
    };
    let made = match build::topology(case, all) {
        Ok(made) => made,
        Err(CaseError::Build(_)) => return Ok(json!({"error": {"at": "build"}})),
        Err(error) => return Err(error),
    };
    let continues = |handler: &str| case.setting(handler).as_deref() == Some("continue");
    let options = DriverOptions {
        wall_clock_start_ms: case.wall_clock_start_ms,
        state_dir,
        skip_bad_records: continues("deserialization.exception.handler") || continues("processing.exception.handler"),
        ..DriverOptions::default()
    };
    let mut driver = TopologyTestDriver::new(&made.topology, options)?;
    let failed = feed_all(case, &mut driver)?;
    record(&made, &driver, failed)
}

/// Feeds all events; answers the index of the one that failed.
fn feed_all(case: &Case, driver: &mut TopologyTestDriver) -> Result<Option<usize>, CaseError> {
    for (index, event) in case.events.iter().map(Op).enumerate() {
        match feed(event, driver) {
            Err(CaseError::Driver(DriverError::Process(_))) => return Ok(Some(index)),
            outcome => outcome?,
        }
    }
    Ok(None)
}

fn feed(event: Op<'_>, driver: &mut TopologyTestDriver) -> Result<(), CaseError> {
    if let Some(by_ms) = event.number("advance_wall_clock_ms") {
        return Ok(driver.advance_wall_clock(by_ms)?);
    }
    let value = match event.text("value_base64") {
        Some(encoded) => Some(BASE64.decode(encoded).map_err(|error| CaseError::meaning(error.to_string()))?),
        None => event.field("value").map(value_bytes).transpose()?,
    };
    let mut headers = Headers::new();
    for pair in event.list("headers") {
        let text = |place: usize| pair.get(place).and_then(Json::as_str).map(str::to_owned);
        headers.push(text(0).unwrap_or_default(), text(1).map(Bytes::from));
    }
    let record = ProducedRecord {
        key: event.text("key").map(|key| Bytes::copy_from_slice(key.as_bytes())),
        value: value.map(Bytes::from),
        timestamp: event.number("timestamp").unwrap_or(0),
        headers,
    };
    Ok(driver.pipe_raw(event.need("topic")?, record)?)
}

fn value_bytes(value: &Json) -> Result<Vec<u8>, CaseError> {
    let value = Value::try_from(value).map_err(|error| CaseError::meaning(error.to_string()))?;
    serde_json::to_vec(&value).map_err(|error| CaseError::meaning(error.to_string()))
}

fn record(made: &Made, driver: &TopologyTestDriver, failed: Option<usize>) -> Result<Json, CaseError> {
    let mut found = Map::new();
    if let Some(index) = failed {
        found.insert("error".to_owned(), json!({"at": "event", "index": index}));
    } else {
        found.insert("stores".to_owned(), read_back::stores(made, driver)?);
    }
    let mut outputs: Map<String, Json> = made.sinks.keys().map(|topic| (topic.clone(), json!([]))).collect();
    let mut repartitions = Map::new();
    for (topic, records) in driver.written().filter(|(_, records)| !records.is_empty()) {
        if driver.is_internal(topic) {
            repartitions.insert(topic.to_string(), records.iter().map(raw).collect());
        } else {
            let kind = made.sinks.get(&**topic).copied().unwrap_or(crate::key::KeyKind::Plain);
            let records = records.iter().map(|record| read_back::decoded(record, kind));
            outputs.insert(topic.to_string(), records.collect::<Result<Vec<_>, CaseError>>()?.into());
        }
    }
    let changelogs = driver.changelogs().iter();
    let changelogs: Map<String, Json> =
        changelogs.map(|(topic, records)| (topic.to_string(), records.iter().map(raw).collect())).collect();
    found.insert("outputs".to_owned(), outputs.into());
    found.insert("repartitions".to_owned(), repartitions.into());
    found.insert("changelogs".to_owned(), changelogs.into());
    found.insert("dropped_records".to_owned(), driver.dropped_records().into());
    found.insert("describe".to_owned(), lines(&made.topology));
    Ok(found.into())
}

fn lines(topology: &Topology) -> Json {
    topology.describe().split('\n').collect()
}

fn raw(record: &ProducedRecord) -> Json {
    let encoded = |bytes: &Option<Bytes>| bytes.as_ref().map(|bytes| BASE64.encode(bytes));
    let mut row = Map::new();
    row.insert("key_base64".to_owned(), encoded(&record.key).into());
    row.insert("value_base64".to_owned(), encoded(&record.value).into());
    row.insert("timestamp".to_owned(), record.timestamp.into());
    read_back::add_headers(&record.headers, &mut row);
    row.into()
}
