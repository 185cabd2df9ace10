//! What is asked for, and what comes of it.

use std::sync::Arc;

use tillstream_models::learned::Card;

/// What a list should be like.
#[derive(Clone, Debug, PartialEq)]
pub struct ListQuery {
    /// Most products.
    pub limit: usize,
    /// Only products of this category.
    pub category: Option<String>,
    /// None of these products.
    pub exclude: Vec<String>,
    /// Nothing that is known to be sold out.
    pub in_stock: bool,
    /// Also what was bought before.
    pub again: bool,
    /// With the reasons.
    pub explain: bool,
    /// From 0, only scores, to 1, only variety.
    pub diversity: f32,
    /// The most personal source to begin with.
    pub from: Source,
}

impl Default for ListQuery {
    /// Ten products.
    fn default() -> Self {
        Self {
            limit: 10,
            category: None,
            exclude: Vec::new(),
            in_stock: false,
            again: false,
            explain: false,
            diversity: 0.0,
            from: Source::Personal,
        }
    }
}

/// Where a product in a list comes from; each but the first stands in where there is nothing better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The customer's own factors.
    Personal,
    /// What is bought together with what she dealt with.
    ItemToItem,
    /// What sells more and more of late.
    Trending,
    /// What most have bought.
    Popular,
}

impl Source {
    /// All, the most personal first.
    pub const ALL: [Self; 4] = [Self::Personal, Self::ItemToItem, Self::Trending, Self::Popular];

    /// The source of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.as_str() == name)
    }

    /// Its name in answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Personal => "personal",
            Self::ItemToItem => "item-to-item",
            Self::Trending => "trending",
            Self::Popular => "popular",
        }
    }
}

/// Something in the customer's history that speaks for a product.
#[derive(Clone, Debug, PartialEq)]
pub struct Because {
    /// The product she dealt with.
    pub product_id: Arc<str>,
    /// Its name, when known.
    pub name: Option<Arc<str>>,
    /// Whether she bought it, or only looked at it.
    pub bought: bool,
    /// Its part in all that speaks for the product, from 0 to 1.
    pub share: f32,
}

/// A product in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Recommended {
    /// The product.
    pub product_id: Arc<str>,
    /// Its name, when known.
    pub name: Option<Arc<str>>,
    /// Its category, when known.
    pub category: Option<Arc<str>>,
    /// Scores of one source compare, those of different ones do not.
    pub score: f32,
    /// Where it comes from.
    pub source: Source,
    /// What speaks for it, the strongest first; only if it was asked for, and only for what has reasons.
    pub because: Vec<Because>,
}

/// A list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecommendedList {
    /// Best first; sources in their order.
    pub items: Vec<Recommended>,
    /// The model it was made with: its name and card.
    pub model: Option<(&'static str, Card)>,
    /// What stands in for the customer's taste where it is not known; `None` for a personal list.
    pub fallback: Option<Source>,
}
