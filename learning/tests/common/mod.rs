//! A shop on an embedded log, and learning beside it.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use prometheus::Registry;
use tillstream_learning::{Learning, LearningSettings, Parts};
use tillstream_models::als::AlsParams;
use tillstream_models::events::{
    Currency, Envelope, Event, InventoryEvent, InventoryReserved, Money, OrderEvent, OrderLine, OrderPlaced,
    PaymentCompleted, PaymentEvent,
};
use tillstream_processors::experiments::{Experiment, Variant};
use tillstream_processors::recommendations::{ListQuery, RecommendationSettings, Recommendations, Source};
use tillstream_processors::{Answers, ShopSettings, shop};
use tillstream_runtime::log::embedded::{EmbeddedLog, EmbeddedOptions};
use tillstream_runtime::log::{Append, CleanupPolicy, Log, LogWriter, TopicSpec};
use tillstream_runtime::metrics::EngineMetrics;
use tillstream_runtime::partitioner::partition_for;
use tillstream_runtime::{Application, ApplicationState, Options, SystemClock};
use tillstream_stores::Headers;
use tillstream_stores::rocks::Resources;

const PARTITIONS: u32 = 3;
/// What is used up and bought again, as the shop says.
pub(crate) const REFILL: u32 = 30_001;
pub(crate) const NOON: i64 = 1_291_204_800_000;

pub(crate) struct Shop {
    pub(crate) log: Arc<dyn Log>,
    application: Arc<Application>,
    pub(crate) recommendations: Recommendations,
    pub(crate) learning: Learning,
    registry: Registry,
    writer: Box<dyn LogWriter>,
}

impl Shop {
    pub(crate) fn open(directory: &Path, settings: LearningSettings) -> Self {
        let log: Arc<dyn Log> = Arc::new(
            EmbeddedLog::open(&directory.join("log"), EmbeddedOptions::default(), Resources::default()).unwrap(),
        );
        let shop_settings = ShopSettings { replay: true, ..ShopSettings::default() };
        let spec = |topic: shop::ShopTopic| {
            let keep = CleanupPolicy::Delete { retention_ms: None };
            let policy = if topic.compacted { CleanupPolicy::Compact } else { keep };
            TopicSpec { name: topic.name.into(), partitions: PARTITIONS, policy }
        };
        log.create_topics(&shop::topics(&shop_settings).into_iter().map(spec).collect::<Vec<_>>()).unwrap();
        let registry = Registry::new();
        let options = Options {
            commit_interval_ms: 20,
            poll_ms: 5,
            state_dir: Some(directory.join("state")),
            ..Options::default()
        };
        let application = Application::start(
            &shop::topology(&shop_settings).unwrap(),
            Arc::clone(&log),
            Resources::default(),
            Arc::new(SystemClock),
            EngineMetrics::new(&registry).unwrap(),
            options,
        );
        let application = Arc::new(application.unwrap());
        let answers = Answers::new(application.query().clone(), shop_settings);
        let recommendations = Recommendations::new(
            answers,
            RecommendationSettings {
                experiment: Some(experiment()),
                replenishable: vec![REFILL.to_string()],
                ..RecommendationSettings::default()
            },
        );
        let learning = Learning::start(Parts {
            log: Arc::clone(&log),
            recommendations: recommendations.clone(),
            clock: Arc::new(SystemClock),
            settings,
            application_id: "tillstream",
            instance: "0",
            // Small records, so that a model takes many.
            record_max_bytes: 4_000,
            registry: &registry,
        });
        let writer = log.writer("test").unwrap();
        let shop = Self { log, application, recommendations, learning: learning.unwrap(), registry, writer };
        shop.until("it runs", |shop| shop.application.state() == ApplicationState::Running);
        shop
    }

    pub(crate) fn append<E: Event>(&mut self, event: &E) {
        let topic: Arc<str> = E::TOPIC.into();
        let (key, value) = (event.key().to_owned(), event.to_json());
        let partition = partition_for(key.as_bytes(), PARTITIONS);
        let (key, value, timestamp) = (Some(key.as_bytes()), Some(value.as_slice()), event.at_ms().unwrap());
        let headers = Headers::default();
        self.writer.append(Append { topic: &topic, partition, key, value, timestamp, headers: &headers }).unwrap();
    }

    /// A confirmed order of one each.
    pub(crate) fn buy(&mut self, user: &str, order: &str, at: i64, products: &[u32]) {
        let line = |product: &u32| OrderLine {
            product_id: format!("{product}").into(),
            name: format!("name of {product}").into(),
            category: if product.is_multiple_of(2) { "even".into() } else { "odd".into() },
            quantity: 1,
            unit_price: Money::from_units(10_000),
        };
        let items: Vec<OrderLine> = products.iter().map(line).collect();
        let total = OrderLine::total(&items).unwrap();
        let envelope = |what: &str| Envelope::new(format!("{what}-{order}"), at);
        self.append(&OrderEvent::Placed(OrderPlaced {
            envelope: envelope("o"),
            order_id: order.into(),
            user_id: user.into(),
            country: None,
            currency: Currency::GBP,
            items,
            total,
        }));
        let reserved = InventoryReserved { envelope: envelope("i"), order_id: order.into(), items: Vec::new() };
        self.append(&InventoryEvent::Reserved(reserved));
        self.append(&PaymentEvent::Completed(PaymentCompleted {
            envelope: envelope("p"),
            order_id: order.into(),
            payment_id: None,
            amount: total,
            currency: Currency::GBP,
        }));
    }

    /// Sixty customers of two tastes: even ones buy from 10000.., odd ones from 20000...
    pub(crate) fn sell(&mut self) {
        for user in 0..60_u32 {
            let taste = 10_000 + 10_000 * (user % 2);
            let products: Vec<u32> = (0..8).map(|place| taste + (user / 2 + place * place) % 20).collect();
            self.buy(&format!("u{user}"), &format!("first-{user}"), NOON + i64::from(user), &products);
        }
        self.commit();
    }

    pub(crate) fn commit(&mut self) {
        self.writer.commit().unwrap();
        self.until("all is processed", |shop| shop.application.pending().unwrap() == 0);
    }

    pub(crate) fn until(&self, what: &str, done: impl Fn(&Self) -> bool) {
        let begin = Instant::now();
        while !done(self) {
            assert!(begin.elapsed() < Duration::from_secs(60), "{what}: {:?}", self.application.state());
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }

    pub(crate) fn version(&self) -> u64 {
        self.recommendations.model().map_or(0, |model| model.card().version)
    }

    pub(crate) fn list(&self, user: &str, query: &ListQuery) -> Vec<(u32, f32)> {
        let list = self.recommendations.for_customer(user, query).unwrap();
        list.items.iter().map(|item| (item.product_id.parse().unwrap(), item.score)).collect()
    }

    pub(crate) fn metric(&self, name: &str) -> f64 {
        let families = self.registry.gather();
        let family = families.iter().find(|family| family.name() == name).unwrap();
        family.get_metric().iter().map(|metric| metric.get_gauge().get_value() + metric.get_counter().get_value()).sum()
    }
}

pub(crate) fn experiment() -> Experiment {
    let variant = |source: Source| Variant { name: source.as_str().to_owned(), share: 0.5, source };
    let variants = vec![variant(Source::Popular), variant(Source::Personal)];
    Experiment { name: "spring".to_owned(), variants, control: "popular".to_owned() }
}

pub(crate) fn settings(refresh_ms: u64) -> LearningSettings {
    LearningSettings {
        params: AlsParams::default().factors(16),
        refresh_interval: Duration::from_millis(refresh_ms),
        ..LearningSettings::default()
    }
}

/// For tests in which nothing is trained unless it is asked for.
pub(crate) const NEVER: u64 = 3_600_000;
