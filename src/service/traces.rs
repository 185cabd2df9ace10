//! Where spans go: those kept here for `GET /v1/traces`, and an OpenTelemetry collector.

use std::sync::Arc;

use tillstream_api::{KeptSpans, Traces};
use tillstream_config::Config;
use tillstream_runtime::metrics::EngineMetrics;
use tillstream_runtime::trace::{Exporters, SpanExporter};

#[cfg(feature = "otel")]
pub(super) use super::otlp::OtlpExporter;

/// Sends nothing: this build cannot.
#[cfg(not(feature = "otel"))]
#[derive(Debug)]
pub(super) struct OtlpExporter;

#[cfg(not(feature = "otel"))]
impl OtlpExporter {
    /// Refuses to be asked for.
    fn start(endpoint: &str, _application: &str, _metrics: &EngineMetrics) -> anyhow::Result<Arc<Self>> {
        anyhow::bail!(
            "tracing.otlp_endpoint is {endpoint:?}, but this program was built without OpenTelemetry: build it with \
             `cargo build --features otel`, or leave the setting empty (GET /v1/traces works without)"
        )
    }

    /// There is nothing to stop.
    pub(super) fn stop(&self) {}
}

#[cfg(not(feature = "otel"))]
impl SpanExporter for OtlpExporter {
    fn export(&self, _spans: Vec<tillstream_runtime::trace::Span>) {}
}

/// The exporters as configured.
///
/// # Errors
/// When spans are to be sent by a build that cannot.
pub(super) fn exporters(
    config: &Config,
    metrics: &EngineMetrics,
) -> anyhow::Result<(Traces, Option<Arc<OtlpExporter>>)> {
    let (application, config) = (&config.application.id, &config.tracing);
    let kept = Arc::new(KeptSpans::new(config.keep_spans as usize));
    let endpoint = Some(config.otlp_endpoint.as_str()).filter(|endpoint| !endpoint.is_empty());
    let otlp = endpoint.map(|endpoint| OtlpExporter::start(endpoint, application, metrics)).transpose()?;
    let mut exporters: Vec<Arc<dyn SpanExporter>> = Vec::new();
    if kept.capacity() > 0 {
        exporters.push(Arc::clone(&kept) as _);
    }
    exporters.extend(otlp.clone().map(|otlp| otlp as _));
    Ok((Traces { exporter: Exporters::of(exporters), kept }, otlp))
}
