//! `[tracing]`

use serde::{Deserialize, Serialize};

use crate::FaultKind::OutOfRange;
use crate::checks::Checks;

/// Traces of single orders.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tracing {
    /// The share of ingest requests without a trace of their own that begin one, between 0 and 1.
    pub sample_ratio: f64,
    /// The newest spans kept for `GET /v1/traces`; 0 is off.
    pub keep_spans: u32,
    /// Where spans are sent by OTLP over HTTP; empty: nowhere.
    pub otlp_endpoint: String,
}

impl Tracing {
    pub(crate) fn check(&self, checks: &mut Checks<'_>) {
        checks.between("tracing.sample_ratio", self.sample_ratio, 0.0, 1.0);
        checks.between("tracing.keep_spans", self.keep_spans, 0, 100_000);
        let endpoint = &self.otlp_endpoint;
        if !endpoint.is_empty() && !endpoint.starts_with("http://") {
            let remedy = "give the whole URL, such as \"http://127.0.0.1:4318/v1/traces\"; for https put a collector beside the service";
            checks.refuse(OutOfRange, "tracing.otlp_endpoint", endpoint, "not an http:// URL", remedy);
        }
    }
}
