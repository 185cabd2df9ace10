//! A service with a small shop's history in it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use prometheus::Registry;
use serde_json::Value;
use tempfile::TempDir;
use tillstream_api::{AppState, KeptSpans, Parts, ReplayProgress, Traces, router};
use tillstream_config::Config;
use tillstream_processors::recommendations::{RecommendationSettings, Recommendations};
use tillstream_processors::shop::ShopTopic;
use tillstream_processors::{Answers, ShopSettings, shop};
use tillstream_runtime::log::embedded::{EmbeddedLog, EmbeddedOptions};
use tillstream_runtime::log::{CleanupPolicy, Log, TopicSpec};
use tillstream_runtime::metrics::EngineMetrics;
use tillstream_runtime::trace::SpanExporter;
use tillstream_runtime::{Application, ApplicationState, ManualClock, Options, SystemClock};
use tillstream_stores::rocks::Resources;
use tower::ServiceExt as _;

pub(crate) struct Service {
    pub(crate) state: AppState,
    pub(crate) recommendations: Recommendations,
    pub(crate) router: Router,
    pub(crate) log: Arc<dyn Log>,
    pub(crate) application: Arc<Application>,
    _dir: TempDir,
}

pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Service {
    /// A service on an empty log, its settings as given: each `section.key=value`.
    pub(crate) fn start(settings: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let resources = Resources::new(64 << 20, 50, 128);
        let log: Arc<dyn Log> = Arc::new(
            EmbeddedLog::open(&dir.path().join("log"), EmbeddedOptions::default(), resources.clone()).unwrap(),
        );
        let shop_settings = ShopSettings { replay: true, ..ShopSettings::default() };
        let spec = |topic: ShopTopic| {
            let delete = CleanupPolicy::Delete { retention_ms: None };
            let policy = if topic.compacted { CleanupPolicy::Compact } else { delete };
            TopicSpec { name: topic.name.into(), partitions: 2, policy }
        };
        log.create_topics(&shop::topics(&shop_settings).into_iter().map(spec).collect::<Vec<_>>()).unwrap();
        let registry = Registry::new();
        let config = Config::load(None, [], settings).unwrap();
        let kept = Arc::new(KeptSpans::new(config.config.tracing.keep_spans as usize));
        let exporter = (kept.capacity() > 0).then(|| Arc::clone(&kept) as Arc<dyn SpanExporter>);
        let application = Application::start(
            &shop::topology(&shop_settings).unwrap(),
            Arc::clone(&log),
            resources,
            Arc::new(SystemClock),
            EngineMetrics::new(&registry).unwrap(),
            Options { threads: 1, commit_interval_ms: 20, poll_ms: 5, spans: exporter.clone(), ..Options::default() },
        );
        let application = Arc::new(application.unwrap());
        let answers = Answers::new(application.query().clone(), shop_settings.clone());
        let recommendations = Recommendations::new(answers, RecommendationSettings::default());
        let parts = Parts {
            recommendations: recommendations.clone(),
            log: Arc::clone(&log),
            application: Arc::clone(&application),
            settings: shop_settings,
            config,
            registry,
            replay: Arc::new(ReplayProgress::default()),
            traces: Traces { exporter, kept },
            clock: Arc::new(ManualClock::default()),
            sql_workers: tillstream_api::sql::Workers::Threads,
        };
        let state = AppState::new(parts).unwrap();
        let service = Self { router: router(state.clone()), state, recommendations, log, application, _dir: dir };
        service.until("it runs", || service.application.state() == ApplicationState::Running);
        service
    }

    /// A service with two confirmed orders and one cancelled one, all processed. The events of all orders lie within the
    /// saga's time-out, so that it does not matter which topic is read first.
    pub(crate) async fn with_history() -> Self {
        let service = Self::start(&[]);
        for (topic, events) in HISTORY {
            let reply = service.post(&format!("/v1/topics/{topic}/events"), "application/x-ndjson", events).await;
            assert_eq!(reply.status, StatusCode::ACCEPTED, "{}", reply.text());
        }
        service.settle();
        service
    }

    /// Waits until everything in the log is part of the answers.
    pub(crate) fn settle(&self) {
        self.until("all is processed", || self.application.pending().unwrap() == 0);
        // A stamp may be some milliseconds old.
        std::thread::park_timeout(Duration::from_millis(20));
    }

    pub(crate) fn until(&self, what: &str, done: impl Fn() -> bool) {
        let begin = Instant::now();
        while !done() {
            assert!(begin.elapsed() < Duration::from_secs(30), "{what}: {:?}", self.application.state());
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }

    pub(crate) fn answers(&self) -> &Answers {
        self.recommendations.answers()
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, content_type: &str, body: impl Into<Body>) -> Reply {
        self.send(Request::post(path).header("content-type", content_type).body(body.into()).unwrap()).await
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Reply { status: parts.status, headers: parts.headers, bytes }
    }
}

const HISTORY: [(&str, &str); 3] = [
    (
        "orders",
        r#"{"type":"OrderPlaced","version":1,"eventId":"o-1","at":"2010-12-01T08:56:00Z","orderId":"1","userId":"u1","country":"GB","currency":"GBP","items":[{"productId":"10001","name":"LAMP","category":"lighting","quantity":6,"unitPrice":2.55},{"productId":"10002","name":"CUP","category":"kitchen","quantity":1,"unitPrice":"0.001"}]}
{"type":"OrderPlaced","version":1,"eventId":"o-2","at":"2010-12-01T09:10:00Z","orderId":"2","userId":"u2","country":"DE","currency":"EUR","items":[{"productId":"10001","name":"LAMP","category":"lighting","quantity":2,"unitPrice":3}]}
{"type":"OrderPlaced","version":1,"eventId":"o-3","at":"2010-12-01T09:20:00Z","orderId":"3","userId":"u1","country":"GB","currency":"GBP","items":[{"productId":"10002","name":"CUP","category":"kitchen","quantity":3,"unitPrice":4}]}
"#,
    ),
    (
        "inventory",
        r#"{"type":"InventoryReserved","version":1,"eventId":"i-1","at":"2010-12-01T08:56:01Z","orderId":"1","items":[{"productId":"10001","quantity":6}]}
{"type":"InventoryReserved","version":1,"eventId":"i-2","at":"2010-12-01T09:10:01Z","orderId":"2","items":[]}
{"type":"InventoryFailed","version":1,"eventId":"i-3","at":"2010-12-01T09:20:01Z","orderId":"3","reason":"out of stock","items":[{"productId":"10002","missing":3}]}
{"type":"StockCounted","version":1,"eventId":"s-1","at":"2010-12-01T08:00:00Z","productId":"10001","quantity":40}
{"type":"StockAdjusted","version":1,"eventId":"s-2","at":"2010-12-01T08:30:00Z","productId":"10001","delta":-6}
"#,
    ),
    (
        "payments",
        r#"{"type":"PaymentCompleted","version":1,"eventId":"p-1","at":"2010-12-01T08:56:02Z","orderId":"1","paymentId":"pay-1","amount":15.301,"currency":"GBP"}
{"type":"PaymentCompleted","version":1,"eventId":"p-2","at":"2010-12-01T09:10:02Z","orderId":"2","paymentId":"pay-2","amount":6,"currency":"EUR"}
{"type":"PaymentCompleted","version":1,"eventId":"p-3","at":"2010-12-01T09:20:02Z","orderId":"3","paymentId":"pay-3","amount":12,"currency":"GBP"}
"#,
    ),
];
