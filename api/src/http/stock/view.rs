//! The stock of a product as answers show it.

use std::sync::Arc;

use serde::Serialize;
use tillstream_processors::stock::{Forecast, Stock};
use utoipa::ToSchema;

use crate::http::time::Instant;

/// When a product will be out if it goes on to sell as of late.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ForecastView {
    /// Units sold a day, recent days counting more (`shop.demand_half_life`).
    #[schema(example = 12.5)]
    units_per_day: f64,
    /// Days until nothing is left; 0 when nothing is.
    #[schema(example = 3.36)]
    days_left: f64,
    /// When that is.
    out_at: Instant,
}

impl From<Forecast> for ForecastView {
    fn from(forecast: Forecast) -> Self {
        let Forecast { units_per_day, days_left, out_at_ms } = forecast;
        Self { units_per_day, days_left, out_at: Instant(out_at_ms) }
    }
}

/// The stock of a product.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct StockView {
    /// The product.
    #[schema(value_type = String, example = "85123A")]
    product_id: Arc<str>,
    /// How many there are; negative when more left than was known to be there.
    #[schema(example = 42)]
    level: i64,
    /// Adjustments heard of, all time.
    #[schema(example = 7)]
    adjustments: u64,
    /// Time of the last count.
    counted_at: Option<Instant>,
    /// Time of the last event.
    updated_at: Instant,
    /// When it will be out; null when that cannot be told: it was never counted, fewer than five sales or less than a day of it
    /// are known, or it does not sell.
    forecast: Option<ForecastView>,
}

impl StockView {
    pub(super) fn of(product_id: Arc<str>, stock: Stock, forecast: Option<Forecast>) -> Self {
        let Stock { level, adjustments, counted_at_ms, updated_at_ms, .. } = stock;
        Self {
            product_id,
            level,
            adjustments,
            counted_at: counted_at_ms.map(Instant),
            updated_at: Instant(updated_at_ms),
            forecast: forecast.map(ForecastView::from),
        }
    }
}
