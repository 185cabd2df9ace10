//! The topics the shop needs.

use crate::ShopSettings;

/// A topic and whether only the latest record of each key has to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShopTopic {
    /// Name.
    pub name: String,
    /// Latest record of each key (`true`), or every record for a time (`false`).
    pub compacted: bool,
}

/// All topics the shop reads, writes or accepts; they must exist before it starts. The three that are read for orders are
/// processed together, so they need the same number of partitions.
#[must_use]
pub fn topics(settings: &ShopSettings) -> Vec<ShopTopic> {
    let names = &settings.topics;
    let logs = [
        &names.orders,
        &names.inventory,
        &names.payments,
        &names.user_activity,
        &names.order_updates,
        &names.compensations,
        &names.notifications,
        &names.dead_letters,
        &names.exposures,
    ];
    let tables = [&names.products, &names.models, &names.revenue_by_hour, &names.revenue_by_day];
    let topic = |compacted| move |name: &String| ShopTopic { name: name.clone(), compacted };
    logs.into_iter().map(topic(false)).chain(tables.into_iter().map(topic(true))).collect()
}
