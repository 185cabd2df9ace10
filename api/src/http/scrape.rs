//! `GET /metrics`: Prometheus text. Lag is looked up when it is asked for, under the names of kafka_exporter.

use std::sync::Mutex;
use std::sync::PoisonError;

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use prometheus::{Encoder as _, GaugeVec, IntGaugeVec, Opts, Registry, TextEncoder};

use super::operations::lag::Lag;
use super::params::{self, Strict};
use super::problem::Problem;
use crate::AppState;

/// Gauges that are set at each scrape.
#[derive(Debug)]
pub(crate) struct LagGauges {
    /// Two scrapes at once would mix their figures. std's lock: taken on a blocking thread.
    scraping: Mutex<()>,
    lag: IntGaugeVec,
    lag_sum: IntGaugeVec,
    lag_seconds: GaugeVec,
    committed: IntGaugeVec,
    end: IntGaugeVec,
}

impl LagGauges {
    pub(crate) fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let place = &["consumergroup", "topic", "partition"];
        let gauge = |name: &str, help: &str, labels: &[&str]| IntGaugeVec::new(Opts::new(name, help), labels);
        let gauges = Self {
            scraping: Mutex::new(()),
            lag: gauge("kafka_consumergroup_lag", "Records a group has not processed", place)?,
            lag_sum: gauge(
                "kafka_consumergroup_lag_sum",
                "Records a group has not processed of a topic",
                &["consumergroup", "topic"],
            )?,
            lag_seconds: GaugeVec::new(
                Opts::new("kafka_consumergroup_group_lag_seconds", "Seconds since the event time of the next record"),
                place,
            )?,
            committed: gauge("kafka_consumergroup_current_offset", "Next offset a group will process", place)?,
            end: gauge(
                "kafka_topic_partition_current_offset",
                "Offset behind the last record",
                &["topic", "partition"],
            )?,
        };
        for gauge in [&gauges.lag, &gauges.lag_sum, &gauges.committed, &gauges.end] {
            registry.register(Box::new(gauge.clone()))?;
        }
        registry.register(Box::new(gauges.lag_seconds.clone()))?;
        Ok(gauges)
    }

    fn set(&self, lag: &Lag) {
        self.lag_sum.reset();
        for group in &lag.groups {
            for partition in &group.partitions {
                let number = partition.partition.to_string();
                let place = [&*group.group, &*partition.topic, number.as_str()];
                self.lag.with_label_values(&place).set(partition.lag as i64);
                self.lag_seconds.with_label_values(&place).set(partition.lag_seconds);
                self.committed.with_label_values(&place).set(partition.committed);
                self.end.with_label_values(&[&*partition.topic, number.as_str()]).set(partition.end);
                self.lag_sum.with_label_values(&[&*group.group, &*partition.topic]).add(partition.lag as i64);
            }
        }
    }
}

/// All metrics in Prometheus' text format.
#[utoipa::path(get, path = "/metrics", tag = "operations", responses(
    (status = 200, description = "metrics", body = String, content_type = "text/plain; version=0.0.4"),
    (status = 400, description = "unknown parameter", body = Problem),
))]
pub(crate) async fn metrics(
    State(state): State<AppState>,
    _: Strict<params::Nothing>,
) -> Result<impl IntoResponse, Problem> {
    let text = state.scan(encode).await?;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text))
}

fn encode(state: &AppState) -> Result<Vec<u8>, Problem> {
    let gauges = state.lag_gauges();
    let _scraping = gauges.scraping.lock().unwrap_or_else(PoisonError::into_inner);
    gauges.set(&Lag::of(state)?);
    let mut text = Vec::new();
    TextEncoder::new().encode(&state.registry().gather(), &mut text).map_err(|error| Problem::internal(&error))?;
    Ok(text)
}
