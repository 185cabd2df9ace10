//! One entry of a case's topology.

use serde_json::Value as Json;

use crate::CaseError;

/// An operator and its fields.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Op<'a>(pub(crate) &'a Json);

impl<'a> Op<'a> {
    pub(crate) fn field(self, name: &str) -> Option<&'a Json> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// The fields of an operator's part, such as its window.
    pub(crate) fn part(self, name: &str) -> Result<Op<'a>, CaseError> {
        self.field(name).map(Op).ok_or_else(|| self.lacks(name))
    }

    pub(crate) fn text(self, name: &str) -> Option<&'a str> {
        self.field(name)?.as_str()
    }

    pub(crate) fn need(self, name: &str) -> Result<&'a str, CaseError> {
        self.text(name).ok_or_else(|| self.lacks(name))
    }

    pub(crate) fn number(self, name: &str) -> Option<i64> {
        self.field(name)?.as_i64()
    }

    pub(crate) fn truth(self, name: &str) -> Option<bool> {
        self.field(name)?.as_bool()
    }

    pub(crate) fn list(self, name: &str) -> &'a [Json] {
        self.field(name).and_then(Json::as_array).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn texts(self, name: &str) -> Vec<&'a str> {
        self.list(name).iter().filter_map(Json::as_str).collect()
    }

    fn lacks(self, name: &str) -> CaseError {
        CaseError::meaning(format!("{} has no field {name}", self.0))
    }

    pub(crate) fn unknown<T>(self, what: &str) -> Result<T, CaseError> {
        Err(CaseError::meaning(format!("{what} cannot do {}", self.0)))
    }
}
