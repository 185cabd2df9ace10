//! Hours that stand out: orders and revenue far from what the same hour of the week was in the weeks before.

mod baseline;
mod detector;
mod read;

pub use read::{AnomalyPage, SpottedHour};

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tillstream_models::events::{Event, Notification};
use tillstream_stores::{
    KeyValueBuilder, SharedSerde, StoreOptions, WindowBuilder, WindowOptions, Windowed, arc_str, json,
};
use tillstream_topology::{KTable, Produced, StoreHandle, StreamsBuilder};

use crate::ShopSettings;
use crate::received::event;
use crate::revenue::{Dimension, Figures, Granularity, RevenueKey, revenue_key_serde, store_name};
use baseline::Baseline;
use detector::{Detector, Rules, Stores};

/// Store of the hours that stood out, by measure (`orders-GBP`, `revenue-GBP`) and start of the hour.
pub const ANOMALIES: &str = "anomalies";
/// Store of what is expected, by currency and hour of the week (`GBP:0` is Monday, midnight to one).
pub const ANOMALY_BASELINES: &str = "anomaly-baselines";
/// Store of the next hour to judge, by currency.
pub(crate) const ANOMALY_PROGRESS: &str = "anomaly-progress";

/// What stood out about an hour.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spotted {
    /// What was measured: orders, or revenue in major units.
    pub value: f64,
    /// What was expected.
    pub expected: f64,
    /// How far off it is, in standard deviations; negative for a drop.
    pub score: f64,
}

/// Serde of [`Spotted`].
pub(crate) fn spotted_serde() -> SharedSerde<Spotted> {
    json()
}

/// Judges each hour once it is final, and tells operations of those that stand out.
pub(crate) fn wire(builder: &StreamsBuilder, hours: &KTable<Windowed<RevenueKey>, Figures>, settings: &ShopSettings) {
    let hour_ms = Granularity::Hour.stored_ms();
    let windows = WindowOptions {
        retention_ms: settings.retention_ms.max(2 * hour_ms),
        window_size_ms: hour_ms,
        retain_duplicates: false,
    };
    let stores = Stores {
        hours: StoreHandle::by_name(store_name(Granularity::Hour, Dimension::Total)),
        baselines: builder.add_key_value_store(KeyValueBuilder::new(
            StoreOptions::new(ANOMALY_BASELINES),
            arc_str(),
            json::<Baseline>(),
        )),
        progress: builder.add_key_value_store(KeyValueBuilder::new(
            StoreOptions::new(ANOMALY_PROGRESS),
            revenue_key_serde(),
            json(),
        )),
        anomalies: builder.add_window_store(WindowBuilder::new(
            StoreOptions::new(ANOMALIES),
            windows,
            arc_str(),
            spotted_serde(),
        )),
    };
    let rules = Rules { grace_ms: settings.revenue_grace_ms, deviations: f64::from(settings.anomaly_deviations) };
    let connected =
        [stores.hours.name().to_owned(), ANOMALY_BASELINES.into(), ANOMALY_PROGRESS.into(), ANOMALIES.into()];
    hours
        .to_stream()
        .named("anomaly-detector")
        .process(&connected.each_ref().map(String::as_str), move |context| Detector::new(context, &stores, rules))
        .named("anomaly-alerts")
        .map_values(Notification::Anomaly)
        .named("anomalies-to-operations")
        .select_key(|_: &Arc<str>, notification: &Notification| Arc::<str>::from(notification.key()))
        .to(&settings.topics.notifications, Produced::with(arc_str(), event()));
}
