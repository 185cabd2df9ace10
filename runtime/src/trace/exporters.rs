//! Several that want to hear of spans.

use std::sync::Arc;

use super::span::{Span, SpanExporter};

/// Tells each of several exporters.
#[derive(Clone, Debug)]
pub struct Exporters(Vec<Arc<dyn SpanExporter>>);

impl Exporters {
    /// All of them as one; `None` without any, so that no spans are made for nobody.
    #[must_use]
    pub fn of(mut exporters: Vec<Arc<dyn SpanExporter>>) -> Option<Arc<dyn SpanExporter>> {
        match exporters.len() {
            0 | 1 => exporters.pop(),
            _ => Some(Arc::new(Self(exporters))),
        }
    }
}

impl SpanExporter for Exporters {
    fn export(&self, spans: Vec<Span>) {
        let Some((last, others)) = self.0.split_last() else { return };
        others.iter().for_each(|exporter| exporter.export(spans.clone()));
        last.export(spans);
    }
}
