//! The stock processors of the cases.

mod script;
mod spec;
mod store;

use std::sync::Arc;

use tillstream_topology::stores::Headers;
use tillstream_topology::{InitContext, ProcessError, Processor, ProcessorContext, Punctuation, Record, WiringError};

use crate::Value;
use crate::build::NodeKey;
pub(crate) use spec::Spec;
use store::StoreAccess;

/// A stock processor of one task.
pub(crate) struct Stock {
    spec: Arc<Spec>,
    store: Option<StoreAccess>,
    schedule: Option<Punctuation>,
    fired: i64,
    held: Option<Value>,
}

type Out<'a, 'b, K> = &'a mut ProcessorContext<'b, K, Value>;

impl Stock {
    pub(crate) fn make(spec: &Arc<Spec>, init: &mut InitContext<'_>) -> Result<Self, WiringError> {
        let store = spec.store.as_ref().map(|store| StoreAccess::open(store, init)).transpose()?;
        let schedule = spec.every_ms.map(|every| match spec.start_ms {
            Some(start) => init.schedule_at(start, every, spec.clock),
            None => init.schedule(every, spec.clock),
        });
        Ok(Self { spec: Arc::clone(spec), store, schedule, fired: 0, held: None })
    }

    fn store(&mut self) -> Result<&mut StoreAccess, ProcessError> {
        self.store.as_mut().ok_or_else(|| refused("the processor has no store"))
    }

    fn count<K: NodeKey>(&mut self, record: Record<K, Value>, out: Out<'_, '_, K>) -> Result<(), ProcessError> {
        let Some(key) = record.key.bare().map(Into::into) else { return Ok(()) };
        let store = self.store()?;
        let count = Value::Int(store.get(&Some(Arc::clone(&key)))?.number() + 1);
        store.put(&Some(key), count.clone(), record.timestamp)?;
        out.forward(record.map_value(|_| count))
    }

    fn dedupe<K: NodeKey>(&mut self, record: Record<K, Value>, out: Out<'_, '_, K>) -> Result<(), ProcessError> {
        let Some(key) = record.key.bare().map(Into::into) else { return Ok(()) };
        let store = self.store()?;
        if store.get(&Some(Arc::clone(&key)))? == record.value {
            return Ok(());
        }
        store.put(&Some(key), record.value.clone(), record.timestamp)?;
        out.forward(record)
    }

    fn keep_latest<K: NodeKey>(&mut self, record: &Record<K, Value>) -> Result<(), ProcessError> {
        let Some(key) = record.key.bare().map(Into::into) else { return Ok(()) };
        self.store()?.put(&Some(key), record.value.clone(), record.timestamp)
    }

    fn lookup<K: NodeKey>(&mut self, record: Record<K, Value>, out: Out<'_, '_, K>) -> Result<(), ProcessError> {
        let found = match record.key.bare() {
            Some(key) => self.store()?.lookup(&Some(key.into()))?,
            None => Value::Null,
        };
        out.forward(record.map_value(|value| vec![value, found].into()))
    }

    fn run_script<K: NodeKey>(&mut self, record: Record<K, Value>, out: Out<'_, '_, K>) -> Result<(), ProcessError> {
        let call = record.value.clone().into_list();
        let result = script::run(self.store()?, &call, record.timestamp)?;
        out.forward(record.map_value(|_| result))
    }

    fn flush<K: NodeKey>(&mut self, at: i64, clear: bool, out: Out<'_, '_, K>) -> Result<(), ProcessError> {
        for (key, value) in self.store()?.entries()? {
            let forwarded = K::from_bare(key.clone()).ok_or_else(|| refused("the keys have windows"))?;
            out.forward(Record::new(forwarded, vec![at.into(), value].into(), at))?;
            if clear {
                self.store()?.put(&key, Value::Null, at)?;
            }
        }
        Ok(())
    }
}

impl<K: NodeKey> Processor<K, Value, K, Value> for Stock {
    fn process(&mut self, record: Record<K, Value>, out: Out<'_, '_, K>) -> Result<(), ProcessError> {
        let spec = Arc::clone(&self.spec);
        match spec.name.as_str() {
            "pass" => out.forward(record),
            "twice" => {
                out.forward(record.clone())?;
                out.forward(record)
            }
            "tick" => Ok(()),
            "kv_count" => self.count(record, out),
            "dedupe" => self.dedupe(record, out),
            "flush_latest" | "flush_and_clear" => self.keep_latest(&record),
            "lookup" => self.lookup(record, out),
            "script" => self.run_script(record, out),
            "shift_time" => out.forward(Record { timestamp: record.timestamp + spec.arg.number(), ..record }),
            "key_suffix" => {
                let suffixed = record.key.bare().map(|key| format!("{key}{}", spec.arg.text()).into());
                let key = K::from_bare(suffixed).ok_or_else(|| refused("the keys have windows"))?;
                out.forward(Record { key, ..record })
            }
            "hold_until_next" => {
                let held = self.held.replace(record.value.clone());
                held.map_or(Ok(()), |held| out.forward(record.map_value(|_| held)))
            }
            "add_header" => {
                let (name, value) = (spec.arg.element(0).text(), spec.arg.element(1).text());
                let headers = record.headers.clone().with(name, Some(value.into()));
                out.forward(Record { headers, ..record })
            }
            "drop_headers" => out.forward(Record { headers: Headers::new(), ..record }),
            "times" => {
                let times = [record.timestamp, out.stream_time(), out.wall_clock()].map(Value::Int).to_vec();
                out.forward(record.map_value(|_| times.into()))
            }
            "metadata" => {
                let metadata = out.record_metadata().map(|metadata| {
                    vec![(&*metadata.topic).into(), i64::from(metadata.partition).into(), metadata.offset.into()]
                });
                out.forward(record.map_value(|_| metadata.into()))
            }
            other => Err(refused(&format!("unknown processor {other}"))),
        }
    }

    fn punctuate(&mut self, at: i64, _id: usize, out: Out<'_, '_, K>) -> Result<(), ProcessError> {
        match self.spec.name.as_str() {
            "flush_latest" => self.flush(at, false, out)?,
            "flush_and_clear" => self.flush(at, true, out)?,
            _ => {
                let key = K::from_bare(Some("tick".into())).ok_or_else(|| refused("the keys have windows"))?;
                let times = [at, out.stream_time(), out.wall_clock()].map(Value::Int).to_vec();
                out.forward(Record::new(key, times.into(), at))?;
            }
        }
        self.fired += 1;
        if Some(self.fired) == self.spec.cancel_after
            && let Some(schedule) = &self.schedule
        {
            schedule.cancel();
        }
        Ok(())
    }
}

/// The case asks for something that cannot be.
fn refused(message: &str) -> ProcessError {
    ProcessError::refused("case", message)
}
