//! Reading the answers: typed rows from committed state, for the HTTP interface and SQL. Each answer's own file adds its
//! questions to [`Answers`].

mod cache;
mod error;
mod page;
pub(crate) mod rows;
mod shapes;

pub(crate) use cache::{Cache, stamp};
pub use error::ReadError;
pub(crate) use page::page;
pub use shapes::{shown_key, shown_value, stored_key};

use std::sync::Arc;

use tillstream_models::events::Currency;
use tillstream_runtime::StoreQuery;
use tillstream_stores::Position;

use crate::ShopSettings;
use crate::best_sellers::{Ranking, RankingQuery};
use crate::co_purchase::{BasketRules, Catalogue, CoPurchaseTotals};
use crate::customers::{CustomerProfile, SegmentShelf, Segmentation};
use crate::order_saga::ORDERS;
use crate::stock::StockOut;

/// The shop's answers, from the committed state in this process. Cheap to clone; calls block on the disk.
#[derive(Clone, Debug)]
pub struct Answers {
    query: StoreQuery,
    settings: Arc<ShopSettings>,
    /// `None` for a pattern that is none: then there is no application to ask about.
    rules: Option<Arc<BasketRules>>,
    caches: Arc<Caches>,
    segments: Arc<SegmentShelf>,
}

/// What many ask for at once and is not cheap to make.
#[derive(Debug, Default)]
pub(crate) struct Caches {
    pub(crate) rankings: Cache<RankingQuery, Ranking>,
    pub(crate) catalogue: Cache<(), Catalogue>,
    pub(crate) co_purchase_totals: Cache<(), CoPurchaseTotals>,
    pub(crate) currencies: Cache<(), Vec<Currency>>,
    pub(crate) stock_outs: Cache<(), Vec<StockOut>>,
    pub(crate) segmentation: Cache<u64, Segmentation>,
    pub(crate) leaving: Cache<(u64, Option<String>), Vec<CustomerProfile>>,
}

/// What an answer corresponds to, at least.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AsOf {
    /// The next offset of each input.
    pub position: Position,
    /// Event time, epoch ms; -1 before the first record.
    pub stream_time: i64,
}

impl Answers {
    /// Answers from the state `query` sees, of an application with these settings.
    #[must_use]
    pub fn new(query: StoreQuery, settings: ShopSettings) -> Self {
        let rules = BasketRules::new(&settings).ok().map(Arc::new);
        Self { query, settings: Arc::new(settings), rules, caches: Arc::default(), segments: Arc::default() }
    }

    /// The same answers from another view of the state, such as one that allows stale reads.
    #[must_use]
    pub fn over(&self, query: StoreQuery) -> Self {
        Self { query, caches: Arc::default(), ..self.clone() }
    }

    /// The state the answers are made from.
    #[must_use]
    pub fn query(&self) -> &StoreQuery {
        &self.query
    }

    /// The settings of the application.
    #[must_use]
    pub fn settings(&self) -> &ShopSettings {
        &self.settings
    }

    /// Whether an id is that of a product: not postage, a fee or a voucher.
    pub(crate) fn is_product(&self, product: &Arc<str>) -> bool {
        self.rules.as_ref().is_none_or(|rules| rules.is_product(product))
    }

    /// Where the segments of customers lie.
    pub(crate) fn segment_shelf(&self) -> &SegmentShelf {
        &self.segments
    }

    pub(crate) fn caches(&self) -> &Caches {
        &self.caches
    }

    /// What is read from now on corresponds to this, at least.
    #[must_use]
    pub fn now(&self) -> AsOf {
        AsOf { stream_time: self.as_of(), position: self.query.position() }
    }

    /// The event time answers are as of: the highest any task has processed, epoch ms; -1 before the first record.
    #[must_use]
    pub fn as_of(&self) -> i64 {
        self.query.stream_time()
    }

    /// The event time all of the saga's tasks have reached: a window that ended more than the grace before it takes no more
    /// sales. Tasks that have not seen a record yet stand aside. -1 before the first record, and while not all tasks are open:
    /// one that is not may be the furthest behind.
    #[must_use]
    pub fn watermark(&self) -> i64 {
        let tasks = rows::holders(&self.query, ORDERS).unwrap_or_default();
        tasks.iter().map(|task| task.stream_time).filter(|time| *time >= 0).min().unwrap_or(-1)
    }
}
