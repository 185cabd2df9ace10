//! What learning tells about itself.

use prometheus::{Gauge, IntCounter, IntCounterVec, IntGauge, Opts, Registry};
use tillstream_models::learned::Card;
use tillstream_models::segments::SegmentCard;

use crate::Prequential;

/// The gauges and counters of learning.
#[derive(Clone, Debug)]
pub(crate) struct LearningMetrics {
    served: IntGauge,
    segments: IntGauge,
    as_of: Gauge,
    ndcg: Gauge,
    recall: Gauge,
    judged: IntCounter,
    seconds: Gauge,
    rounds: IntCounterVec,
    customers: IntGauge,
    pairs: IntGauge,
}

impl LearningMetrics {
    pub(crate) fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let name = |what: &str| format!("tillstream_recommender_{what}");
        let count = |what: &str, help: &str| IntGauge::new(name(what), help);
        let gauge = |what: &str, help: &str| Gauge::new(name(what), help);
        let rounds = Opts::new(name("rounds_total"), "Trainings by what came of them");
        let metrics = Self {
            served: count("model_version", "Version of the model that is served; 0 before the first")?,
            segments: IntGauge::new(
                "tillstream_segments_version",
                "Version of the customers' segments that are served; 0 before the first",
            )?,
            as_of: gauge("model_as_of_seconds", "Event time of the data behind the served model, epoch seconds")?,
            ndcg: gauge("model_ndcg", "NDCG@20 of the served model on held-out purchases")?,
            recall: gauge("prequential_recall", "Recall@20 of what was bought between the last two trainings")?,
            judged: IntCounter::new(name("prequential_customers_total"), "Customers behind prequential recall")?,
            seconds: gauge("training_seconds", "Duration of the last training")?,
            rounds: IntCounterVec::new(rounds, &["outcome"])?,
            customers: count("customers", "Customers behind the served model")?,
            pairs: count("pairs", "Pairs of customers and products behind the served model")?,
        };
        for gauge in [&metrics.served, &metrics.segments, &metrics.customers, &metrics.pairs] {
            registry.register(Box::new(gauge.clone()))?;
        }
        for gauge in [&metrics.as_of, &metrics.ndcg, &metrics.recall, &metrics.seconds] {
            registry.register(Box::new(gauge.clone()))?;
        }
        registry.register(Box::new(metrics.judged.clone()))?;
        registry.register(Box::new(metrics.rounds.clone()))?;
        // There from the start, so that a rate can be told from the first refusal on.
        for outcome in ["published", "refused", "too-little", "failed"] {
            metrics.rounds.with_label_values(&[outcome]);
        }
        Ok(metrics)
    }

    pub(crate) fn served(&self, card: &Card) {
        self.served.set(i64::try_from(card.version).unwrap_or(i64::MAX));
        self.as_of.set(card.as_of_ms as f64 / 1_000.0);
        self.ndcg.set(card.ndcg.unwrap_or(0.0));
        self.customers.set(i64::try_from(card.customers).unwrap_or(i64::MAX));
        self.pairs.set(i64::try_from(card.pairs).unwrap_or(i64::MAX));
    }

    pub(crate) fn segments(&self, card: &SegmentCard) {
        self.segments.set(i64::try_from(card.version).unwrap_or(i64::MAX));
    }

    pub(crate) fn round(&self, outcome: &str, seconds: f64) {
        self.rounds.with_label_values(&[outcome]).inc();
        self.seconds.set(seconds);
    }

    pub(crate) fn prequential(&self, judged: Prequential) {
        self.recall.set(judged.recall);
        self.judged.inc_by(judged.customers as u64);
    }
}
