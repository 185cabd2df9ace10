//! From whom the list is for to the list: her own factors first, then ever less personal sources.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::filling::Filling;
use super::list::{ListQuery, Recommended, RecommendedList, Source};
use super::personal::personal;
use super::profile::Profile;
use super::served::Served;
use super::{Recommendations, fold_ins::Kept};
use crate::best_sellers::{RankBy, RankingQuery};
use crate::interactions::{ACTIVITY, Customer, PURCHASES};
use crate::read::{ReadError, rows};

/// Products of a history that companions are looked up for, the ones she dealt with last.
const COMPANIONS_OF: usize = 10;
/// Companions of each.
const COMPANIONS: usize = 50;
/// The window of what sells, where there is no model to tell.
const BEST_SELLERS_MS: i64 = 31 * 86_400_000;

/// For whom a list is.
struct Whom {
    customer: Arc<Customer>,
    profile: Option<Arc<Profile>>,
    /// Nothing of what she looked at either: she has just seen it.
    all_seen: bool,
}

impl Recommendations {
    /// A customer's list. Her history is read as it is committed: a purchase counts from the next commit on.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`], [`ReadError::Store`].
    pub fn for_customer(&self, user_id: &str, query: &ListQuery) -> Result<RecommendedList, ReadError> {
        let served = self.inner.shelf.get();
        let (customer, profile) = self.profile(user_id, served.as_deref())?;
        self.list(&Whom { customer, profile, all_seen: false }, served.as_deref(), query)
    }

    /// The list of somebody of whom nothing is known but what she did just now.
    ///
    /// # Errors
    /// As [`Recommendations::for_customer`].
    pub fn for_session(&self, session: Customer, query: &ListQuery) -> Result<RecommendedList, ReadError> {
        let served = self.inner.shelf.get();
        let now_ms = session.last_ms().unwrap_or_else(|| self.answers.as_of());
        let profile = served.as_ref().map(|served| Profile::of(&session, &served.model, &self.settings, now_ms));
        let profile = profile.transpose()?.map(Arc::new);
        self.list(&Whom { customer: Arc::new(session), profile, all_seen: true }, served.as_deref(), query)
    }

    /// A customer's history and what it comes to, from the cache while nothing has changed.
    pub(super) fn profile(
        &self,
        user_id: &str,
        served: Option<&Served>,
    ) -> Result<(Arc<Customer>, Option<Arc<Profile>>), ReadError> {
        let Some(served) = served else { return Ok((Arc::new(self.answers.customer(user_id)?), None)) };
        let progress = |store| rows::holder_of(self.answers.query(), store, user_id).map(|task| task.processed);
        let (progress, version) = ((progress(PURCHASES)?, progress(ACTIVITY)?), served.model.card().version);
        let kept = self.inner.fold_ins.get(user_id).filter(|kept| kept.version == version);
        if let Some(kept) = kept.as_ref().filter(|kept| kept.progress == progress) {
            return Ok((Arc::clone(&kept.customer), Some(Arc::clone(&kept.profile))));
        }
        let customer = Arc::new(self.answers.customer(user_id)?);
        // Other customers' events move their tasks on too.
        let same = kept.filter(|kept| kept.customer == customer).map(|kept| kept.profile);
        let profile = match same {
            Some(profile) => profile,
            None => Arc::new(Profile::of(&customer, &served.model, &self.settings, self.answers.as_of())?),
        };
        let kept = Kept { progress, version, customer: Arc::clone(&customer), profile: Arc::clone(&profile) };
        self.inner.fold_ins.put(user_id, kept);
        Ok((customer, Some(profile)))
    }

    fn list(&self, whom: &Whom, served: Option<&Served>, query: &ListQuery) -> Result<RecommendedList, ReadError> {
        let mut list = RecommendedList {
            model: served.map(|served| (served.model.name(), served.model.card().clone())),
            ..RecommendedList::default()
        };
        let known = served.zip(whom.profile.as_deref());
        let known = known.filter(|(_, profile)| profile.is_known() && query.from == Source::Personal);
        if let Some((served, profile)) = known {
            list.items = personal(served, profile, whom.all_seen, query);
        } else {
            list.fallback = Some(Source::Popular);
        }
        if list.items.len() < query.limit {
            self.fill(&mut list.items, whom, served, query)?;
            if list.fallback.is_some() {
                list.fallback = list.items.first().map(|item| item.source).or(list.fallback);
            }
        }
        Ok(list)
    }

    /// Fills a list up from less and less personal sources.
    fn fill(
        &self,
        items: &mut Vec<Recommended>,
        whom: &Whom,
        served: Option<&Served>,
        query: &ListQuery,
    ) -> Result<(), ReadError> {
        let mut taken: FxHashSet<Arc<str>> = query.exclude.iter().map(|id| Arc::from(id.as_str())).collect();
        taken.extend(items.iter().map(|item| Arc::clone(&item.product_id)));
        if !query.again {
            let bought = whom.customer.purchases.bought();
            taken.extend(bought.filter(|product| !self.is_replenishable(served, product)).cloned());
        }
        if whom.all_seen {
            taken.extend(whom.customer.products().cloned());
        }
        let mut filling = Filling { recommendations: self, items, taken, query };
        if query.from <= Source::ItemToItem {
            filling.add(Source::ItemToItem, self.companions_of(&whom.customer)?)?;
        }
        if let Some(served) = served {
            for (source, scores) in
                [(Source::Trending, &served.model.demand().trending), (Source::Popular, &served.model.demand().buyers)]
            {
                if query.from <= source {
                    filling.add_from_model(source, served, scores);
                }
            }
        } else if !filling.is_full() {
            let ranking = RankingQuery { window_ms: BEST_SELLERS_MS, by: RankBy::Units, currency: None };
            let wanted = query.limit.saturating_add(filling.taken.len());
            let top = self.answers.top_products(ranking, query.category.as_deref(), wanted)?;
            let sold = top.products.into_iter().map(|ranked| (ranked.product_id, ranked.units as f32));
            filling.add(Source::Popular, sold.collect())?;
        }
        Ok(())
    }

    /// Whether a product is used up and bought again.
    fn is_replenishable(&self, served: Option<&Served>, product: &str) -> bool {
        self.settings.replenishable.iter().any(|known| known == product)
            || served.is_some_and(|served| {
                served.model.items().get(product).is_some_and(|item| served.replenishable.contains(item))
            })
    }

    /// What is bought together with what a customer dealt with last, best first.
    fn companions_of(&self, customer: &Customer) -> Result<Vec<(Arc<str>, f32)>, ReadError> {
        let mut scores: BTreeMap<Arc<str>, f32> = BTreeMap::new();
        for product in customer.latest(COMPANIONS_OF) {
            for companion in self.answers.bought_together(&product, COMPANIONS)?.products {
                *scores.entry(companion.product_id).or_default() += companion.score as f32;
            }
        }
        let mut best: Vec<(Arc<str>, f32)> = scores.into_iter().collect();
        best.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Ok(best)
    }
}
