//! `GET /v1/metrics/{name}`: revenue, orders, units … by window.

use std::sync::Arc;

use axum::extract::{Path, State};
use serde::Serialize;
use tillstream_models::events::{Currency, Money};
use tillstream_processors::revenue::{By, Dimension, Granularity, Metric, MetricQuery, Point, Value};
use utoipa::{IntoParams, ToSchema};

use super::answer::{Answer, Caching, tag_of};
use super::cursor;
use super::params::{Params, QueryParams, Strict, did_you_mean, excerpt};
use super::problem::Problem;
use super::time::{Instant, parse_time};
use crate::AppState;

/// Points of one answer.
const MAX_POINTS: usize = 100_000;

/// Points of an answer without `limit`.
const DEFAULT_POINTS: usize = 50_000;

const GRANULARITIES: [(&str, Granularity); 4] = [
    ("minute", Granularity::Minute),
    ("hour", Granularity::Hour),
    ("day", Granularity::Day),
    ("month", Granularity::Month),
];

const BREAKDOWNS: [(&str, By); 4] = [
    ("category", By::Part(Dimension::Category)),
    ("product", By::Part(Dimension::Product)),
    ("country", By::Part(Dimension::Country)),
    ("status", By::Status),
];

/// Parameters of a metric.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MetricParams {
    /// Size of the windows: `minute` (totals only), `hour`, `day` (the default) or `month`.
    #[param(value_type = Option<String>, example = "month")]
    granularity: Granularity,
    /// Windows that start at this time or later; RFC 3339 or a date.
    #[param(value_type = Option<String>, example = "2010-12-01")]
    from: Option<i64>,
    /// Windows that start before this time; RFC 3339 or a date.
    #[param(value_type = Option<String>, example = "2011-12-01")]
    to: Option<i64>,
    /// A point for each `category`, `product` or `country`; for orders also `status`, which counts them as they are now.
    #[param(value_type = Option<String>)]
    by: Option<By>,
    /// Only this currency. Without it money has a point for each currency, and counts go over all of them.
    #[param(value_type = Option<String>, example = "GBP")]
    currency: Option<Currency>,
    /// Most points to answer, 1 to 100,000; 50,000 if absent.
    #[param(value_type = Option<u32>, example = 1000)]
    limit: usize,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Place>,
}

impl QueryParams for MetricParams {
    fn read(params: &mut Params) -> Result<Self, Problem> {
        let read = Self {
            granularity: params.choice("granularity", &GRANULARITIES)?.unwrap_or(Granularity::Day),
            from: params.parsed("from", parse_time)?,
            to: params.parsed("to", parse_time)?,
            by: params.choice("by", &BREAKDOWNS)?,
            currency: params.parsed("currency", str::parse)?,
            limit: params.number("limit", 1, MAX_POINTS, DEFAULT_POINTS)?,
            after: params.parsed("after", Place::parse)?,
        };
        if let (Some(from), Some(to)) = (read.from, read.to)
            && from > to
        {
            return Err(Problem::parameter("to", "`to` is before `from`"));
        }
        Ok(read)
    }
}

/// Where a point stands among the others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    start_ms: i64,
    key: String,
    currency: String,
}

impl Place {
    fn of(point: &Point) -> Self {
        Self {
            start_ms: point.start_ms,
            key: point.key.as_deref().unwrap_or_default().to_owned(),
            currency: point.currency.map(|currency| currency.to_string()).unwrap_or_default(),
        }
    }

    fn parse(text: &str) -> Result<Self, &'static str> {
        let text = cursor::decode_text(text)?;
        let place = || {
            let (start, rest) = text.split_once('\0')?;
            let (currency, key) = rest.split_once('\0')?;
            Some(Self { start_ms: start.parse().ok()?, key: key.to_owned(), currency: currency.to_owned() })
        };
        place().ok_or("expected the `next` of the page before")
    }

    fn cursor(&self) -> String {
        cursor::encode(format!("{}\0{}\0{}", self.start_ms, self.currency, self.key).as_bytes())
    }
}

/// The value of a metric: a decimal string for money, a number for counts.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum ValueView {
    /// An amount, in the currency beside it.
    #[schema(value_type = String, example = "748957.02")]
    Money(Money),
    /// A count.
    #[schema(example = 1559)]
    Count(i64),
    /// A share, to four places.
    #[schema(example = 0.0325)]
    Ratio(f64),
}

/// A metric in one window.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PointView {
    /// Start of the window.
    start: Instant,
    /// End of the window, exclusive.
    end: Instant,
    /// Category, product, country or status; null for a total.
    #[schema(value_type = Option<String>, example = "GB")]
    key: Option<Arc<str>>,
    /// The value.
    value: ValueView,
    /// The currency; absent for counts over all currencies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "GBP")]
    currency: Option<Currency>,
    /// Whether it will not change any more.
    #[serde(rename = "final")]
    is_final: bool,
}

impl From<Point> for PointView {
    fn from(point: Point) -> Self {
        Self {
            start: Instant(point.start_ms),
            end: Instant(point.end_ms),
            key: point.key,
            value: match point.value {
                Value::Money(money) => ValueView::Money(money),
                Value::Count(count) => ValueView::Count(count),
                Value::Ratio { part, of } => ValueView::Ratio(share(part, of)),
            },
            currency: point.currency,
            is_final: point.is_final,
        }
    }
}

/// `part` of `of`, to four places.
pub(super) fn share(part: i64, of: i64) -> f64 {
    (part as f64 / of as f64 * 10_000.0).round() / 10_000.0
}

/// The points of a metric.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MetricAnswer {
    /// The metric.
    #[schema(example = "gross-revenue")]
    metric: &'static str,
    /// Size of the windows.
    #[schema(example = "month")]
    granularity: &'static str,
    /// By time, key and currency. Windows in which nothing happened have none.
    points: Vec<PointView>,
    /// Give it as `after` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// Event time the answer goes up to; null before the first event.
    as_of: Option<Instant>,
}

/// A metric by window: `gross-revenue` (lines sold), `refunds` (returned or refunded, positive), `revenue` (gross less
/// refunds), `orders`, `units`, `average-order-value`, `cancellations` or `conversion` (orders by visit). Windows are half open, in
/// UTC; they are final once the grace for late events has passed.
#[utoipa::path(get, path = "/v1/metrics/{name}", tag = "metrics", operation_id = "getMetric",
    params(("name" = String, Path, description = "the metric", example = "gross-revenue"), MetricParams),
    responses(
        (status = 200, description = "the points", body = MetricAnswer),
        (status = 304, description = "final and unchanged"),
        (status = 400, description = "bad parameter, or a combination that is not kept", body = Problem),
        (status = 404, description = "no such metric", body = Problem),
        (status = 503, description = "state is being restored", body = Problem),
    ))]
pub(crate) async fn metric(
    State(state): State<AppState>,
    Path(name): Path<String>,
    Strict(params): Strict<MetricParams>,
) -> Result<Answer<MetricAnswer>, Problem> {
    let metric = Metric::parse(&name).ok_or_else(|| unknown(&name))?;
    state.scan(move |state| read(state, metric, &params)).await
}

fn read(state: &AppState, metric: Metric, params: &MetricParams) -> Result<Answer<MetricAnswer>, Problem> {
    let stamp = state.stamp();
    let mut points = state.answers().metric(&MetricQuery {
        metric,
        granularity: params.granularity,
        from_ms: params.from.unwrap_or(0),
        to_ms: params.to.unwrap_or(i64::MAX),
        by: params.by.unwrap_or(By::Part(Dimension::Total)),
        currency: params.currency,
    })?;
    if let Some(after) = &params.after {
        points.retain(|point| Place::of(point) > *after);
    }
    let next = match points.get(params.limit.saturating_sub(1)) {
        Some(last) if points.len() > params.limit => Some(Place::of(last).cursor()),
        _ => None,
    };
    points.truncate(params.limit);
    let closed = state.answers().watermark().saturating_sub(state.settings().revenue_grace_ms);
    let is_final = params.to.is_some_and(|to| to <= closed) && points.iter().all(|point| point.is_final);
    let points: Vec<PointView> = points.into_iter().map(PointView::from).collect();
    let caching = if is_final { Caching::Final { tag: tag_of(&points) } } else { Caching::Fresh };
    let granularity = params.granularity.as_str();
    let as_of = Instant::known(stamp.stream_time);
    let body = MetricAnswer { metric: metric.as_str(), granularity, points, next, as_of };
    Ok(Answer { body, stamp, caching })
}

fn unknown(name: &str) -> Problem {
    let names: Vec<&str> = Metric::ALL.iter().map(|metric| metric.as_str()).collect();
    let advice = did_you_mean(name, &names);
    Problem::not_found(format!("there is no metric {}{advice}; metrics are {}", excerpt(name), names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_come_back_from_their_cursor_whatever_the_key() {
        let place = Place { start_ms: -1, key: "a\0b:c".to_owned(), currency: "GBP".to_owned() };
        assert_eq!(Place::parse(&place.cursor()), Ok(place));
        assert!(Place::parse("x").is_err());
    }
}
