//! Store fields of an operator.

use tillstream_topology::Materialized;
use tillstream_topology::stores::{SharedSerde, nullable};

use super::{Maker, Op};
use crate::value::value_serde;
use crate::{CaseError, Value};

const STORE_FIELDS: [&str; 5] = ["store", "store_type", "caching", "logging", "retention_ms"];

impl Maker<'_> {
    /// The store an operator asks for; `None`: it says nothing about one.
    pub(super) fn materialized(&self, op: Op<'_>) -> Result<Option<Materialized<Value>>, CaseError> {
        self.materialized_as(op, value_serde())
    }

    /// As [`Maker::materialized`], for functions that may answer no value.
    pub(super) fn materialized_option(&self, op: Op<'_>) -> Result<Option<Materialized<Option<Value>>>, CaseError> {
        self.materialized_as(op, nullable(value_serde()))
    }

    fn materialized_as<T>(&self, op: Op<'_>, serde: SharedSerde<T>) -> Result<Option<Materialized<T>>, CaseError> {
        if STORE_FIELDS.iter().all(|field| op.field(field).is_none()) {
            return Ok(None);
        }
        let mut materialized = match op.text("store") {
            Some(name) => Materialized::named_with(name, serde),
            None => Materialized::with(serde),
        };
        if let Some(backend) = self.backend(op)? {
            materialized = materialized.backend(backend);
        }
        if let Some(caching) = op.truth("caching") {
            materialized = materialized.caching(caching && self.has_cache());
        }
        if let Some(logging) = op.truth("logging") {
            materialized = materialized.logging(logging);
        }
        if let Some(retention) = op.number("retention_ms") {
            materialized = materialized.retention_ms(retention);
        }
        Ok(Some(materialized))
    }

    /// As [`Maker::materialized`], for operators that always keep a store.
    pub(super) fn kept(&self, op: Op<'_>) -> Result<Materialized<Value>, CaseError> {
        Ok(self.materialized(op)?.unwrap_or_else(|| Materialized::with(value_serde())))
    }
}
