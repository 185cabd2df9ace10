//! Visits: what people do in the web shop without a long pause, and how far they get: the funnel.

mod funnel;
mod read;
mod visit;

pub use funnel::{Funnel, funnel_serde};
pub use read::FunnelPoint;
pub use visit::{Visit, visit_serde};

use std::sync::Arc;

use tillstream_models::events::ActivityEvent;
use tillstream_stores::{Windowed, arc_str, i64_be};
use tillstream_topology::{Grouped, KStream, Materialized, SessionWindows};

use crate::ShopSettings;
use crate::received::Received;
use crate::revenue::Granularity;
use crate::sales::overflow;

/// Store of visits, by user id (by session id of those who are not signed in).
pub const VISITS: &str = "visits";
/// Store of the funnel, by the start of the hour in which visits began, epoch ms.
pub const FUNNEL: &str = "funnel-by-hour";

/// Gathers events into visits, and counts visits by how far they got.
///
/// A visit belongs to the hour it began in. When a late event shows that two visits were one, both leave the funnel and the one
/// that they are enters it.
pub(crate) fn wire(events: &KStream<Arc<str>, Received<ActivityEvent>>, settings: &ShopSettings) {
    let windows = SessionWindows::of_inactivity_gap(settings.visit_gap_ms).grace(settings.revenue_grace_ms);
    let needed_ms = settings.visit_gap_ms.saturating_add(settings.revenue_grace_ms);
    let visits =
        Materialized::named_with(VISITS, visit_serde()).retention_ms(settings.visit_retention_ms.max(needed_ms));
    events
        .named("visit-steps")
        .map_values(|received| Visit::of(&received.event))
        .group_by_key(Grouped::with(arc_str(), visit_serde()))
        .windowed_by(windows)
        .named(VISITS)
        .aggregate(
            Visit::default,
            |_, step, visit| visit.plus(step),
            |_, one, other| one.plus(other),
            visits.caching(true),
        )
        .group_by(
            |visit: &Windowed<Arc<str>>, did| (Granularity::Hour.window(visit.window.start).0, Funnel::of(did)),
            Grouped::with(i64_be(), funnel_serde()).named("visits-by-hour"),
        )
        .named(FUNNEL)
        .try_aggregate(
            Funnel::default,
            |_, visit, sum: Funnel| sum.checked_add(visit).ok_or_else(|| overflow("the number of visits")),
            |_, visit, sum: Funnel| sum.checked_sub(visit).ok_or_else(|| overflow("the number of visits")),
            Materialized::named_with(FUNNEL, funnel_serde()).caching(true),
        );
}
