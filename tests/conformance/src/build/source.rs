//! Sources.

use tillstream_topology::{Consumed, Timestamps};

use super::node::{Built, Node};
use super::{Maker, Op};
use crate::key::{Key, KeyKind, key_serde};
use crate::value::value_serde;
use crate::{CaseError, Value};

impl Maker<'_> {
    pub(super) fn stream_source(&self, op: Op<'_>) -> Result<Built, CaseError> {
        let consumed = self.consumed(op)?;
        let stream = match op.text("pattern") {
            Some(pattern) => self.builder.stream_matching(pattern, consumed),
            None if op.field("topics").is_some() => self.builder.stream_of(&op.texts("topics"), consumed),
            None => self.builder.stream(op.need("topic")?, consumed),
        };
        Ok(Built { node: Node::Stream(stream), kind: KeyKind::Plain })
    }

    pub(super) fn consumed(&self, op: Op<'_>) -> Result<Consumed<Key, Value>, CaseError> {
        let mut consumed = Consumed::with(key_serde(), value_serde());
        if let Some(name) = op.text("name") {
            consumed = consumed.named(name);
        }
        let extractor = self.case.setting("default.timestamp.extractor");
        Ok(match extractor.as_deref() {
            None | Some("fail") => consumed.timestamp(|_, _, times| refuse_negative(times)),
            Some("log_and_skip") => consumed,
            Some("partition_time") => consumed.timestamp(|_, _, times| partition_time(times)),
            Some(other) => return Err(CaseError::meaning(format!("unknown timestamp extractor {other}"))),
        })
    }
}

fn refuse_negative(times: Timestamps) -> Result<i64, String> {
    if times.record < 0 { Err("it is negative".to_owned()) } else { Ok(times.record) }
}

fn partition_time(times: Timestamps) -> Result<i64, String> {
    match times.record {
        negative if negative < 0 && times.partition < 0 => Err("negative, and nothing was read before".to_owned()),
        negative if negative < 0 => Ok(times.partition),
        time => Ok(time),
    }
}
