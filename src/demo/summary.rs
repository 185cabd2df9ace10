//! What came out of the replay.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use serde::Serialize;
use tillstream_models::events::{Currency, Money, format_rfc3339};
use tillstream_processors::Answers;
use tillstream_processors::best_sellers::{RankBy, RankingQuery};
use tillstream_processors::co_purchase::ProductPair;
use tillstream_processors::revenue::{Dimension, Figures, Granularity};
use tillstream_runtime::ledger::Ledger;

use super::recommended::{CUSTOMER, Recommended};
use super::segments::Segments;
use crate::service::Service;
use crate::terminal::Bars;

/// Pairs that are shown.
const TOP_PAIRS: usize = 10;

/// Best sellers that are shown.
const TOP_PRODUCTS: usize = 10;

/// Pairs read at a time.
const PAGE_PAIRS: usize = 100_000;

/// Window of the best sellers: longer than the history, so all of it.
const ALL_TIME_MS: i64 = 400 * 24 * 3_600_000;

/// The totals of a replay, in the currency of the history.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summary {
    currency: Currency,
    gross_revenue: Money,
    refunds: Money,
    revenue: Money,
    orders: i64,
    units: i64,
    by_month: Vec<Month>,
    top_products: Vec<Product>,
    top_pairs: Vec<Pair>,
    distinct_pairs: u64,
    pair_count_sum: u64,
    baskets: u64,
    recommended: Option<Recommended>,
    segments: Segments,
    ledger: Ledger,
    events: u64,
    seconds: f64,
    events_per_second: f64,
}

/// The totals of one calendar month.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Month {
    month: String,
    gross_revenue: Money,
    refunds: Money,
    revenue: Money,
    orders: i64,
    units: i64,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Product {
    product_id: Arc<str>,
    name: Arc<str>,
    units: i64,
    revenue: Option<Money>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Pair {
    product_a: Arc<str>,
    product_b: Arc<str>,
    name_a: Arc<str>,
    name_b: Arc<str>,
    baskets: i64,
    score: f64,
}

impl Summary {
    /// Reads the totals from the committed state; `events` and `seconds` are those of the run.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(crate) fn read(service: &Service, events: u64, seconds: f64) -> anyhow::Result<Self> {
        let answers = service.recommendations.answers().clone();
        let currency = Currency::GBP;
        let by_month = months(&answers, currency)?;
        let total = by_month.values().try_fold(Figures::default(), |sum, month| sum.checked_add(*month));
        let total = total.context("the sum of the months is too large")?;
        let pairs = answers.co_purchase_totals()?;
        Ok(Self {
            currency,
            gross_revenue: total.gross,
            refunds: total.refunds,
            revenue: total.revenue().context("the revenue is too large")?,
            orders: total.orders,
            units: total.units,
            by_month: by_month
                .into_iter()
                .map(Month::of)
                .collect::<Option<_>>()
                .context("a month's revenue is too large")?,
            top_products: top_products(&answers, currency)?,
            top_pairs: top_pairs(&answers)?,
            distinct_pairs: pairs.distinct_pairs,
            pair_count_sum: pairs.pair_count_sum,
            baskets: pairs.baskets,
            recommended: Recommended::read(&service.recommendations)?,
            segments: Segments::read(&answers)?,
            ledger: service.application.query().ledger(),
            events,
            seconds: (seconds * 1_000.0).round() / 1_000.0,
            events_per_second: if seconds > 0.0 { (events as f64 / seconds).round() } else { 0.0 },
        })
    }

    /// Addresses to try, each as a line for the shell.
    pub(crate) fn addresses(&self, address: SocketAddr, postgres: Option<SocketAddr>) -> String {
        let product = self.top_pairs.first().map_or("22699", |pair| &*pair.product_a);
        let paths = [
            "/v1/metrics/gross-revenue?granularity=month".to_owned(),
            "/v1/metrics/revenue?granularity=day&by=country&from=2011-12-01".to_owned(),
            "/v1/orders/536365".to_owned(),
            "/v1/products/top?by=revenue&window=7d".to_owned(),
            format!("/v1/products/{product}/bought-together"),
            format!("/v1/recommendations?userId={CUSTOMER}&limit=5&explain=true"),
            format!("/v1/products/{product}/similar?limit=5"),
            format!("/v1/customers/{CUSTOMER}"),
            "/v1/segments".to_owned(),
            "/v1/lag".to_owned(),
            "/v1/ledger".to_owned(),
        ];
        let mut text = format!("Dashboard: http://{address}/    API: http://{address}/docs\n\nTry:\n");
        for path in paths {
            text.push_str(&format!("  curl -s 'http://{address}{path}'\n"));
        }
        let query = "SELECT category, sum(revenue) FROM revenue_by_day_category GROUP BY 1 ORDER BY 2 DESC";
        text.push_str(&format!("  curl -s 'http://{address}/v1/sql' -d '{{\"query\": \"{query}\"}}'\n"));
        text.push_str(&format!("  tillstream sql --url 'http://{address}'\n"));
        if let Some(postgres) = postgres {
            text.push_str(&format!("  psql -h {} -p {} tillstream\n", postgres.ip(), postgres.port()));
        }
        text
    }
}

impl Month {
    fn of((start_ms, figures): (i64, Figures)) -> Option<Self> {
        let month = format_rfc3339(start_ms).chars().take(7).collect();
        let Figures { gross, refunds, orders, units, .. } = figures;
        Some(Self { month, gross_revenue: gross, refunds, revenue: figures.revenue()?, orders, units })
    }
}

fn months(answers: &Answers, currency: Currency) -> anyhow::Result<BTreeMap<i64, Figures>> {
    let rows = answers.figures(Granularity::Month, Dimension::Total, 0, i64::MAX, Some(currency))?;
    Ok(rows.into_iter().map(|row| (row.start_ms, row.figures)).collect())
}

fn top_products(answers: &Answers, currency: Currency) -> anyhow::Result<Vec<Product>> {
    let query = RankingQuery { window_ms: ALL_TIME_MS, by: RankBy::Revenue, currency: Some(currency) };
    let ranked = answers.top_products(query, None, TOP_PRODUCTS)?.products;
    let product = |ranked: tillstream_processors::best_sellers::Ranked| Product {
        name: ranked.label.map_or_else(|| Arc::clone(&ranked.product_id), |label| label.name),
        product_id: ranked.product_id,
        units: ranked.units,
        revenue: ranked.revenue.map(|(revenue, _)| revenue),
    };
    Ok(ranked.into_iter().map(product).collect())
}

/// The pairs most often bought together; of equal ones the first by id.
fn top_pairs(answers: &Answers) -> anyhow::Result<Vec<Pair>> {
    let mut top: Vec<ProductPair> = Vec::new();
    let mut after: Option<Arc<str>> = None;
    loop {
        let page = answers.pairs(after.as_deref(), PAGE_PAIRS)?;
        let least = top.get(TOP_PAIRS - 1).map_or(0, |pair| pair.baskets);
        top.extend(page.pairs.into_iter().filter(|pair| pair.baskets > least));
        top.sort_by(|a, b| {
            let ids = |pair: &ProductPair| (Arc::clone(&pair.product_a), Arc::clone(&pair.product_b));
            b.baskets.cmp(&a.baskets).then_with(|| ids(a).cmp(&ids(b)))
        });
        top.truncate(TOP_PAIRS);
        after = page.after;
        if after.is_none() {
            break;
        }
    }
    top.into_iter().map(|pair| named(answers, pair)).collect()
}

fn named(answers: &Answers, pair: ProductPair) -> anyhow::Result<Pair> {
    let name = |id: &Arc<str>| -> anyhow::Result<Arc<str>> {
        Ok(answers.label(id)?.map_or_else(|| Arc::clone(id), |label| label.name))
    };
    let (name_a, name_b) = (name(&pair.product_a)?, name(&pair.product_b)?);
    let ProductPair { product_a, product_b, baskets, score } = pair;
    Ok(Pair { product_a, product_b, name_a, name_b, baskets, score })
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = |amount: Money| amount.units() as f64;
        let currency = self.currency;
        let mut months = Bars::default();
        for month in &self.by_month {
            months.add(&month.month, units(month.gross_revenue), month.gross_revenue.to_string());
        }
        writeln!(f, "Gross revenue by month, {currency}\n{months}")?;
        let (gross, refunds, revenue) = (self.gross_revenue, self.refunds, self.revenue);
        writeln!(f, "{gross} sold - {refunds} refunded = {revenue} {currency} in {} orders\n", self.orders)?;
        let mut products = Bars::default();
        for product in &self.top_products {
            let revenue = product.revenue.unwrap_or_default();
            products.add(&*product.name, units(revenue), revenue.to_string());
        }
        writeln!(f, "Best sellers, {currency}\n{products}")?;
        let mut pairs = Bars::default();
        for pair in &self.top_pairs {
            pairs.add(format!("{} + {}", pair.name_a, pair.name_b), pair.baskets as f64, pair.baskets.to_string());
        }
        writeln!(f, "Bought together, in baskets\n{pairs}")?;
        let (pairs, baskets) = (self.distinct_pairs, self.baskets);
        writeln!(f, "{pairs} pairs in {baskets} baskets\n")?;
        if let Some(recommended) = &self.recommended {
            writeln!(f, "{recommended}")?;
        }
        write!(f, "{}", self.segments)?;
        match self.events {
            0 => writeln!(f, "The whole history had been published before."),
            events => writeln!(f, "{events} events in {:.1} s: {:.0} a second", self.seconds, self.events_per_second),
        }
    }
}
