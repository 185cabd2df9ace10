//! Spans on their way to an OpenTelemetry collector: OTLP, protobuf over HTTP.
//!
//! The ids were made where the spans were, so that they are the same each time; the SDK's tracer, which would make up its own, is
//! passed by, and its exporter alone is used.

mod convert;
mod http;
mod queue;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use anyhow::Context as _;
use futures::executor::block_on;
use opentelemetry::KeyValue;
use opentelemetry_otlp::{Protocol, SpanExporter as Otlp, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanExporter as _;
use prometheus::IntCounter;
use tillstream_runtime::metrics::EngineMetrics;
use tillstream_runtime::trace::{Span, SpanExporter};

use self::convert::span_data;
use self::http::Http;
use self::queue::SpanQueue;

/// Sends spans from a thread of its own. What the collector does not take in time is dropped and counted.
#[derive(Debug)]
pub(super) struct OtlpExporter {
    queue: Arc<SpanQueue>,
    dropped: IntCounter,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl OtlpExporter {
    /// Starts sending to `endpoint`, under the name of the application.
    ///
    /// # Errors
    /// When the endpoint is no URL, or the system has no thread to give.
    pub(super) fn start(endpoint: &str, application: &str, metrics: &EngineMetrics) -> anyhow::Result<Arc<Self>> {
        Self::start_counting(endpoint, application, metrics.spans_dropped("otlp"))
    }

    fn start_counting(endpoint: &str, application: &str, dropped: IntCounter) -> anyhow::Result<Arc<Self>> {
        let builder = Otlp::builder().with_http().with_http_client(Http::default());
        let mut otlp = builder
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(endpoint)
            .build()
            .with_context(|| format!("spans cannot be sent to {endpoint}"))?;
        let name = KeyValue::new("service.name", application.to_owned());
        otlp.set_resource(&Resource::builder_empty().with_attribute(name).build());
        let queue = Arc::new(SpanQueue::default());
        let (spans, lost) = (Arc::clone(&queue), dropped.clone());
        let thread = std::thread::Builder::new()
            .name("otlp".to_owned())
            .spawn(move || send(&spans, &otlp, &lost))
            .context("spans cannot be sent")?;
        Ok(Arc::new(Self { queue, dropped, thread: Mutex::new(Some(thread)) }))
    }

    /// Sends what waits and ends. What a collector that does not answer leaves is dropped.
    pub(super) fn stop(&self) {
        self.queue.close();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that sends spans failed");
        }
    }
}

impl SpanExporter for OtlpExporter {
    fn export(&self, spans: Vec<Span>) {
        self.dropped.inc_by(self.queue.add(spans));
    }
}

fn send(queue: &SpanQueue, otlp: &Otlp, dropped: &IntCounter) {
    let mut failing = false;
    while let Some(batch) = queue.next() {
        let count = batch.len() as u64;
        match block_on(otlp.export(batch.iter().map(span_data).collect())) {
            Ok(()) => failing = false,
            Err(error) => {
                dropped.inc_by(count);
                // Once until it goes on: a collector that is away is no news every second.
                if !std::mem::replace(&mut failing, true) {
                    tracing::warn!(%error, "spans cannot be sent; they are dropped until the collector answers");
                }
                if queue.is_closed() {
                    dropped.inc_by(queue.forget());
                    return;
                }
            }
        }
    }
}
