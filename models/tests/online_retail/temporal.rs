//! The state on a day, judged by what customers buy from then on that is new to them.

use std::collections::BTreeMap;

use linfa::ParamGuard;
use tillstream_models::{
    als::{AlsModel, AlsValidParams},
    evaluation::holdout,
    interactions::{Confidence, Interaction, Interactions},
    recommenders::{AlsRecommender, Blend, Popularity, Recommender},
};

use crate::sales::{midnight_or_minute, sales};

/// What is known on a day, and what is bought until another.
struct Cut {
    events: Vec<Interaction>,
    now_ms: i64,
    users: usize,
    held_out: BTreeMap<u32, Vec<u32>>,
}

impl Cut {
    fn new(day: &str, until: &str) -> Self {
        let (now_ms, until) = (midnight_or_minute(day), midnight_or_minute(until));
        let lines = &sales().lines;
        let event = |line: &crate::sales::Sale| Interaction {
            user: line.user,
            item: line.item,
            weight: 1.0,
            at_ms: line.at_ms,
        };
        let events: Vec<Interaction> = lines.iter().filter(|line| line.at_ms < now_ms).map(event).collect();
        let users = events.iter().map(|event| event.user).max().unwrap() as usize + 1;
        let mut cut = Self { events, now_ms, users, held_out: BTreeMap::new() };
        let known = cut.plain();
        for line in lines.iter().filter(|line| (now_ms..until).contains(&line.at_ms)) {
            if (line.user as usize) < users && known.row(line.user as usize).items.binary_search(&line.item).is_err() {
                cut.held_out.entry(line.user).or_default().push(line.item);
            }
        }
        for items in cut.held_out.values_mut() {
            items.sort_unstable();
            items.dedup();
        }
        cut
    }

    /// Every pair counts one, whenever it was.
    fn plain(&self) -> Interactions {
        let once = Confidence { half_life_days: None, pair_cap: 1.0, user_cap: 1e9 };
        once.matrix(self.users, sales().items.len(), &self.events, self.now_ms).unwrap()
    }

    fn decayed(&self) -> Interactions {
        Confidence::default().matrix(self.users, sales().items.len(), &self.events, self.now_ms).unwrap()
    }

    fn ndcg(&self, name: &str, model: &dyn Recommender, histories: &Interactions) -> f64 {
        let metrics = holdout(model, histories, &self.held_out, &[20, 100]);
        println!("{name:42} recall@20 {:.4}  NDCG@100 {:.4}", metrics.recall[&20], metrics.ndcg[&100]);
        metrics.ndcg[&100]
    }
}

fn params() -> AlsValidParams {
    AlsModel::params().factors(64).alpha0(0.3).regularization(0.003).check().unwrap()
}

fn trained(matrix: &Interactions) -> AlsRecommender {
    AlsRecommender::new(params().train(matrix, |_| true))
}

#[test]
fn fold_in_and_a_warm_sweep_make_up_for_a_month_of_staleness() {
    let (october, november) = (Cut::new("2011-10-01", "2012-01-01"), Cut::new("2011-11-01", "2012-01-01"));
    assert_eq!(november.held_out.len(), 1_449);
    let now = november.plain();
    let stale = trained(&october.plain());
    let warm = AlsRecommender::new(params().train_on(stale.model().clone(), &now, 1).unwrap());
    let folded = november.ndcg("trained 1 Oct, users folded in on 1 Nov", &stale, &now);
    let warm = november.ndcg("one warm sweep on 1 Nov", &warm, &now);
    let full = november.ndcg("trained again on 1 Nov", &trained(&now), &now);
    assert!(folded >= 0.93 * full, "fold-in has {:.3} of {full}", folded / full);
    assert!(warm >= 0.98 * full, "a warm sweep has {:.3} of {full}", warm / full);
}

#[test]
fn recency_helps_on_every_cut() {
    for (day, until) in [("2011-09-01", "2011-10-01"), ("2011-10-01", "2011-11-01"), ("2011-11-01", "2012-01-01")] {
        let cut = Cut::new(day, until);
        let (plain, decayed) = (cut.plain(), cut.decayed());
        println!("{day}, {} users", cut.held_out.len());
        let without = cut.ndcg("all alike", &trained(&plain), &plain);
        let model = trained(&decayed);
        let fading = cut.ndcg("half-life 30 days", &model, &decayed);
        let recent = Popularity::recent_buyers(plain.items(), &cut.events, 31, cut.now_ms);
        let parts = vec![(1.0, Box::new(model) as Box<dyn Recommender>), (0.5, Box::new(recent))];
        let both = cut.ndcg("half-life 30 days, last 31 days' buyers", &Blend::new(parts), &decayed);
        assert!(fading > without, "{day}: {fading} against {without}");
        assert!(both > fading, "{day}: {both} against {fading}");
    }
}
