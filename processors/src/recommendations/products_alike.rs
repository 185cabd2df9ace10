//! Products like another.

use std::collections::BTreeMap;
use std::sync::Arc;

use tillstream_models::learned::Card;
use tillstream_models::recommenders::{Recommender as _, Shortlist};

use super::Recommendations;
use super::list::{Recommended, Source};
use super::served::Served;
use crate::read::ReadError;

/// A product like another.
#[derive(Clone, Debug, PartialEq)]
pub struct SimilarProduct {
    /// The product.
    pub product_id: Arc<str>,
    /// Its name, when known.
    pub name: Option<Arc<str>>,
    /// Cosine of the factors, or of the baskets where no model knows the product; at most 1.
    pub score: f64,
    /// Baskets that hold both.
    pub count: i64,
}

/// The products like another.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProductsAlike {
    /// Most alike first.
    pub products: Vec<SimilarProduct>,
    /// The model that tells; `None`: baskets do.
    pub model: Option<(&'static str, Card)>,
}

impl Recommendations {
    /// At most `limit` products like another: bought by the same customers, if not in the same basket. A product the model
    /// does not know yet is judged by its baskets.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`], [`ReadError::Store`].
    pub fn products_like(&self, product_id: &str, limit: usize) -> Result<ProductsAlike, ReadError> {
        let served = self.inner.shelf.get();
        let known = served.as_deref().and_then(|served| Some((served, served.model.items().get(product_id)?)));
        let Some((served, item)) = known.filter(|(served, item)| served.model.personal().solved().contains(*item))
        else {
            return self.companions(product_id, limit);
        };
        let companions = self.answers.bought_together(product_id, usize::MAX)?.products;
        let counts: BTreeMap<Arc<str>, i64> =
            companions.into_iter().map(|companion| (companion.product_id, companion.count)).collect();
        let picked = most_alike(served, item, limit);
        let products = picked.into_iter().map(|(other, score)| {
            let product_id: Arc<str> = served.model.items().name(other).unwrap_or_default().into();
            SimilarProduct {
                count: counts.get(&product_id).copied().unwrap_or(0),
                name: served.items.label(other).map(|label| Arc::clone(&label.name)),
                product_id,
                score: f64::from(score),
            }
        });
        let model = Some((served.model.name(), served.model.card().clone()));
        Ok(ProductsAlike { products: products.collect(), model })
    }

    fn companions(&self, product_id: &str, limit: usize) -> Result<ProductsAlike, ReadError> {
        let mut products = Vec::new();
        for companion in self.answers.bought_together(product_id, limit)?.products {
            let name = self.answers.label(&companion.product_id)?.map(|label| label.name);
            let (score, count) = (companion.score, companion.count);
            products.push(SimilarProduct { product_id: companion.product_id, name, score, count });
        }
        Ok(ProductsAlike { products, model: None })
    }

    /// At most `limit` products that sell more and more of late, of one category if it is given.
    ///
    /// # Errors
    /// As [`Recommendations::products_like`].
    pub fn trending(&self, category: Option<&str>, limit: usize) -> Result<Vec<Recommended>, ReadError> {
        let query = super::ListQuery { limit, category: category.map(str::to_owned), ..super::ListQuery::default() };
        let list = self.for_session(crate::interactions::Customer::default(), &query)?;
        Ok(list.items.into_iter().filter(|item| item.source >= Source::Trending).collect())
    }
}

fn most_alike(served: &Served, item: u32, limit: usize) -> Vec<(u32, f32)> {
    let personal = served.model.personal();
    let mut scores = vec![0.0; served.model.items().len()];
    personal.similar(item, &mut scores);
    let other = |candidate: u32| candidate != item && personal.solved().contains(candidate);
    Shortlist::new(limit).rule(&other).min_score(f32::MIN_POSITIVE).pick(&scores)
}
