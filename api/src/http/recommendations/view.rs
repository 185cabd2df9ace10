//! Lists as they are shown.

use std::sync::Arc;

use serde::Serialize;
use tillstream_models::learned::Card;
use tillstream_processors::recommendations::{Because, Recommended, RecommendedList, Source};
use utoipa::ToSchema;

use crate::http::time::Instant;

/// A model.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ModelView {
    /// `als-recent`, factors and what sells now, or `als`, factors alone.
    #[schema(example = "als-recent")]
    name: &'static str,
    /// Counts up with every model.
    #[schema(example = 7)]
    version: u64,
    /// When it was trained.
    trained_at: Instant,
    /// Event time of the data it was trained on.
    as_of: Option<Instant>,
}

impl ModelView {
    pub(super) fn of((name, card): (&'static str, Card)) -> Self {
        let Card { version, trained_at_ms, as_of_ms, .. } = card;
        Self { name, version, trained_at: Instant(trained_at_ms), as_of: Instant::known(as_of_ms) }
    }
}

/// Something in the customer's history that speaks for a product.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct BecauseView {
    /// The product she dealt with.
    #[schema(value_type = String, example = "22697")]
    product_id: Arc<str>,
    /// Its name.
    #[schema(value_type = Option<String>, example = "GREEN REGENCY TEACUP AND SAUCER")]
    name: Option<Arc<str>>,
    /// Whether she bought it, or only looked at it.
    bought: bool,
    /// Its part in all that speaks for the product, 0 to 1.
    #[schema(example = 0.31)]
    share: f32,
}

/// Why a product is in the list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ReasonView {
    /// In words.
    #[schema(example = "because of GREEN REGENCY TEACUP AND SAUCER")]
    text: String,
    /// What in her history speaks for it, the strongest first.
    because: Vec<BecauseView>,
}

impl ReasonView {
    fn of(source: Source, because: Vec<Because>) -> Self {
        let names: Vec<&str> = because.iter().map(|why| why.name.as_deref().unwrap_or(&why.product_id)).collect();
        let text = match source {
            Source::Personal if names.is_empty() => "many bought it lately".to_owned(),
            Source::Personal => format!("because of {}", names.join(", ")),
            Source::ItemToItem => "bought together with what was bought or looked at last".to_owned(),
            Source::Trending => "it is bought more and more".to_owned(),
            Source::Popular => "most have bought it".to_owned(),
        };
        let view = |Because { product_id, name, bought, share }| BecauseView { product_id, name, bought, share };
        Self { text, because: because.into_iter().map(view).collect() }
    }
}

/// A product in a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecommendedView {
    /// The product.
    #[schema(value_type = String, example = "22699")]
    product_id: Arc<str>,
    /// Its name.
    #[schema(value_type = Option<String>, example = "ROSES REGENCY TEACUP AND SAUCER")]
    name: Option<Arc<str>>,
    /// Its category.
    #[schema(value_type = Option<String>, example = "kitchen")]
    category: Option<Arc<str>>,
    /// Compares within one source.
    #[schema(example = 0.74)]
    score: f32,
    /// `personal`, `item-to-item`, `trending` or `popular`.
    #[schema(example = "personal")]
    source: &'static str,
    /// Why, if it was asked for.
    reason: Option<ReasonView>,
}

impl RecommendedView {
    pub(super) fn of(product: Recommended, explain: bool) -> Self {
        let Recommended { product_id, name, category, score, source, because } = product;
        let reason = explain.then(|| ReasonView::of(source, because));
        Self { product_id, name, category, score, source: source.as_str(), reason }
    }
}

/// A list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListView {
    /// Best first.
    items: Vec<RecommendedView>,
    /// The model the list was made with; null before the first.
    model: Option<ModelView>,
    /// What stands in where the customer's taste is not known: `item-to-item`, `trending` or `popular`. Null: the list is
    /// her own.
    #[schema(example = json!(null))]
    fallback: Option<&'static str>,
}

impl ListView {
    pub(super) fn of(list: RecommendedList, explain: bool) -> Self {
        let RecommendedList { items, model, fallback } = list;
        Self {
            items: items.into_iter().map(|product| RecommendedView::of(product, explain)).collect(),
            model: model.map(ModelView::of),
            fallback: fallback.map(Source::as_str),
        }
    }
}
