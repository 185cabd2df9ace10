//! Revenue, units, orders and cancellations by minute, hour and day, in total and by category, product and country.

mod dimension;
mod figures;
mod granularity;
mod key;
mod metric;
mod publish;
mod read;

pub use dimension::Dimension;
pub use figures::{Figures, figures_serde};
pub use granularity::Granularity;
pub use key::{RevenueKey, revenue_key_serde};
pub use metric::{By, Metric, MetricQuery, Point, Value};
pub use publish::PublishedTotal;
pub use read::WindowFigures;

use std::sync::Arc;

use tillstream_stores::{Windowed, json, nullable, time_windowed};
use tillstream_topology::{Grouped, KStream, KTable, Materialized, Produced, TimeWindows};

use crate::ShopSettings;
use crate::days::DAY_MS;
use crate::sales::{SalesFact, overflow};

type Contributions = KStream<RevenueKey, Figures>;

/// Name of the store of a granularity and breakdown: `revenue-by-hour`, `revenue-by-hour-by-product`.
#[must_use]
pub fn store_name(granularity: Granularity, dimension: Dimension) -> String {
    let total = format!("revenue-by-{}", granularity.stored().as_str());
    match dimension {
        Dimension::Total => total,
        part => format!("{total}-by-{}", part.as_str()),
    }
}

/// Adds the sales up in all windows and publishes the totals; answers those of the hours.
pub(crate) fn wire(
    sales: &KStream<Arc<str>, SalesFact>,
    settings: &ShopSettings,
) -> KTable<Windowed<RevenueKey>, Figures> {
    let total = contributions(sales, Dimension::Total);
    windows(&total, Granularity::Minute, Dimension::Total, settings);
    let hours = windows(&total, Granularity::Hour, Dimension::Total, settings);
    let days = windows(&total, Granularity::Day, Dimension::Total, settings);
    publish(&hours, Granularity::Hour, &settings.topics.revenue_by_hour);
    publish(&days, Granularity::Day, &settings.topics.revenue_by_day);
    for dimension in Dimension::PARTS {
        let parts = contributions(sales, dimension);
        windows(&parts, Granularity::Hour, dimension, settings);
        windows(&parts, Granularity::Day, dimension, settings);
    }
    hours
}

fn contributions(sales: &KStream<Arc<str>, SalesFact>, dimension: Dimension) -> Contributions {
    sales
        .named(format!("sales-by-{}", dimension.as_str()))
        .try_map_values(move |_, fact| dimension.contributions(&fact))
        .named(format!("contributions-by-{}", dimension.as_str()))
        .flat_map(|_, contributions| contributions)
}

/// Lateness was judged where the facts were made, once for all windows: none of these windows may judge again, so their
/// grace is as long as they are kept.
fn windows(
    contributions: &Contributions,
    granularity: Granularity,
    dimension: Dimension,
    settings: &ShopSettings,
) -> KTable<Windowed<RevenueKey>, Figures> {
    let name = store_name(granularity, dimension);
    let retention_ms = settings.retention_ms.max(2 * DAY_MS);
    contributions
        .group_by_key(Grouped::with(revenue_key_serde(), figures_serde()).named(&name))
        .windowed_by(TimeWindows::of_size(granularity.stored_ms()).grace(retention_ms - granularity.stored_ms()))
        .aggregate_merging(
            Figures::default,
            |_, contribution, sum| sum.checked_add(contribution).ok_or_else(|| overflow("the sum of a window")),
            |_, sum, partial| sum.checked_add(partial).ok_or_else(|| overflow("the sum of a window")),
            Materialized::named_with(name, figures_serde()).retention_ms(retention_ms),
        )
}

fn publish(table: &KTable<Windowed<RevenueKey>, Figures>, granularity: Granularity, topic: &str) {
    let key = time_windowed(revenue_key_serde(), granularity.stored_ms());
    table
        .to_stream()
        .named(format!("published-{topic}"))
        .try_map_values(|key, figures| figures.map(|figures| PublishedTotal::of(key, figures)).transpose())
        .to(topic, Produced::with(key, nullable(json())));
}
