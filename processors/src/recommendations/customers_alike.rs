//! Customers like another.

use std::sync::Arc;

use tillstream_models::learned::Card;
use tillstream_models::recommenders::Shortlist;

use super::Recommendations;
use crate::read::ReadError;

/// The customers like another.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Alike {
    /// User ids with the cosine of the factors, most alike first.
    pub customers: Vec<(Arc<str>, f32)>,
    /// The model that tells; `None` before the first.
    pub model: Option<(&'static str, Card)>,
}

impl Recommendations {
    /// At most `limit` customers whose taste is like that of another, among those whose factors were published; `None` for a
    /// customer nobody has heard of.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`], [`ReadError::Store`].
    pub fn customers_like(&self, user_id: &str, limit: usize) -> Result<Option<Alike>, ReadError> {
        let served = self.inner.shelf.get();
        let (customer, profile) = self.profile(user_id, served.as_deref())?;
        if customer.is_empty() {
            return Ok(None);
        }
        let Some((served, profile)) = served.zip(profile).filter(|(_, profile)| profile.is_known()) else {
            return Ok(Some(Alike::default()));
        };
        let users = served.model.users();
        let own = users.get(user_id);
        let other = |user: u32| Some(user) != own;
        let scores = served.model.als().users_like(&profile.factors);
        let picked = Shortlist::new(limit).rule(&other).min_score(f32::MIN_POSITIVE).pick(&scores);
        let name = |(user, score)| (Arc::from(users.name(user).unwrap_or_default()), score);
        let model = Some((served.model.name(), served.model.card().clone()));
        Ok(Some(Alike { customers: picked.into_iter().map(name).collect(), model }))
    }
}
