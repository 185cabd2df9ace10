//! The list of a customer by her own factors.

use std::sync::Arc;

use tillstream_models::recommenders::{Diversity, ExcludeBought, ItemSet, Shortlist};

use super::list::{Because, ListQuery, Recommended, Source};
use super::profile::Profile;
use super::served::Served;

/// Reasons told for a product.
const REASONS: usize = 3;

/// The list of a customer whose taste is known.
pub(super) fn personal(served: &Served, profile: &Profile, all_seen: bool, query: &ListQuery) -> Vec<Recommended> {
    let model = &served.model;
    let exclude: ItemSet = query.exclude.iter().filter_map(|product| model.items().get(product)).collect();
    let nothing = ItemSet::default();
    // What somebody has looked at just now need not be shown to her, whatever it is.
    let (has, replenishable) =
        if all_seen { (&profile.touched, &nothing) } else { (&profile.bought, &served.replenishable) };
    let bought = ExcludeBought { bought: if query.again { &[] } else { has }, replenishable };
    let wanted = |item: u32| !exclude.contains(item);
    let fits = served.fits(query);
    let alike = |a: u32, b: u32| model.als().items_alike(a, b);
    let mut list = Shortlist::new(query.limit).rule(&bought).rule(&wanted).rule(&fits);
    if query.diversity > 0.0 {
        list = list.diversity(Diversity::MarginalRelevance { relevance: 1.0 - query.diversity, similarity: &alike });
    }
    let picked = model.personal().list(&profile.factors, &list);
    let mut items: Vec<Recommended> =
        picked.iter().map(|(item, score)| served.recommended(*item, *score, Source::Personal)).collect();
    if query.explain {
        let explainer = model.als().explainer(profile.row());
        for (product, (item, _)) in items.iter_mut().zip(&picked) {
            let shares = explainer.explain(*item).map(|explanation| explanation.shares).unwrap_or_default();
            product.because = because(served, profile, &shares);
        }
    }
    items
}

/// The strongest reasons with their part in all that speaks for an item.
fn because(served: &Served, profile: &Profile, shares: &[(u32, f32)]) -> Vec<Because> {
    let speaking: f32 = shares.iter().map(|(_, share)| share.max(0.0)).sum();
    let strongest = shares.iter().filter(|(_, share)| *share > 0.0).take(REASONS);
    let reason = |(item, share): &(u32, f32)| Because {
        product_id: served.model.items().name(*item).unwrap_or_default().into(),
        name: served.items.label(*item).map(|label| Arc::clone(&label.name)),
        bought: profile.bought.binary_search(item).is_ok(),
        share: share / speaking,
    };
    strongest.map(reason).collect()
}
