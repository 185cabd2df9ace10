//! One round of learning: a warm sweep, or a training from the start, and the judgement of it.

use linfa::ParamGuard as _;
use rayon::{ThreadPool, ThreadPoolBuilder};
use tillstream_models::{
    als::{AlsModel, AlsValidParams},
    evaluation::holdout,
    interactions::Interactions,
    learned::{Card, LearnedModel},
    recommenders::{Personal, Recommender},
};
use tillstream_processors::interactions::Customers;

use crate::{Examples, LearningError, LearningSettings, Numbering, Prequential, Refusal};

/// Length of the lists models are judged by.
const LIST: usize = 20;
/// Fewer judged customers tell nothing.
const JUDGED_MIN: usize = 20;
/// A model is trained from the start once the data is so many times what it was when the last one was.
const GROWN: f64 = 1.5;

/// What came of a round.
#[derive(Debug)]
pub enum Outcome {
    /// There is too little data to learn from.
    TooLittle {
        /// Customers.
        customers: usize,
        /// Pairs of customers and products.
        pairs: usize,
    },
    /// A model that may be served.
    Trained(Box<Trained>),
    /// A model that is kept back, as is another one trained from the start.
    Refused(Refusal),
}

/// What a round learns from, and when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// Event time of the data, epoch ms.
    pub event_ms: i64,
    /// The wall clock, epoch ms.
    pub now_ms: i64,
    /// How far the data goes.
    pub position: String,
}

/// A model that passed the gate.
#[derive(Debug)]
pub struct Trained {
    /// The model.
    pub model: LearnedModel,
    /// Whether it was trained from the start.
    pub full: bool,
    /// How well the served model foresaw what was bought since the last round.
    pub prequential: Option<Prequential>,
}

/// Learns round by round. The same rounds with the same data give the same models.
#[derive(Debug)]
pub struct Trainer {
    settings: LearningSettings,
    params: AlsValidParams,
    pool: ThreadPool,
    numbering: Numbering,
    model: Option<AlsModel>,
    pairs_when_full: usize,
    before: Option<Examples>,
}

impl Trainer {
    /// A trainer that knows nothing yet.
    ///
    /// # Errors
    /// [`LearningError::Parameters`], [`LearningError::Pool`].
    pub fn new(settings: LearningSettings) -> Result<Self, LearningError> {
        let params = settings.params.clone().check()?;
        let pool = ThreadPoolBuilder::new()
            .num_threads(settings.threads.max(1))
            .thread_name(|index| format!("train-{index}"))
            .build()?;
        let (numbering, model, before) = Default::default();
        Ok(Self { settings, params, pool, numbering, model, pairs_when_full: 0, before })
    }

    /// One round: learns from `customers` and judges the model beside the `served` one.
    ///
    /// # Errors
    /// [`LearningError::Interactions`], [`LearningError::Model`].
    pub fn round(
        &mut self,
        customers: &Customers,
        served: Option<&LearnedModel>,
        as_of: &Moment,
    ) -> Result<Outcome, LearningError> {
        self.adopt(served);
        let examples = Examples::of(customers, &mut self.numbering, &self.settings, as_of.event_ms)?;
        let (known, pairs) = (examples.customers(), examples.all.len());
        if known < self.settings.min_customers || pairs < self.settings.min_pairs {
            return Ok(Outcome::TooLittle { customers: known, pairs });
        }
        let (before, numbering) = (self.before.as_ref(), &self.numbering);
        let prequential = served.zip(before).and_then(|(served, before)| {
            self.pool.install(|| Prequential::of(served.personal(), before, &examples, numbering))
        });
        let card = |choice: &Choice| Card {
            version: served.map_or(0, |served| served.card().version) + 1,
            trained_at_ms: as_of.now_ms,
            as_of_ms: as_of.event_ms,
            position: as_of.position.clone(),
            customers: known as u64,
            pairs: pairs as u64,
            ndcg: choice.ndcg,
            recency_weight: choice.personal.weight(),
        };
        let outcome = match self.train(&examples, served)? {
            Ok((choice, full)) => {
                let model = self.publishable(card(&choice), choice.personal.model(), &examples)?;
                if full {
                    self.pairs_when_full = pairs;
                }
                self.model = Some(choice.personal.model().clone());
                Outcome::Trained(Box::new(Trained { model, full, prequential }))
            }
            Err(refusal) => Outcome::Refused(refusal),
        };
        self.before = Some(examples);
        Ok(outcome)
    }

    /// Runs `work` on the threads that train.
    pub(crate) fn install<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        self.pool.install(work)
    }

    /// After a start the served model is gone on from.
    fn adopt(&mut self, served: Option<&LearnedModel>) {
        if let (None, Some(served)) = (&self.model, served)
            && served.als().parameters().factors() == self.params.factors()
        {
            self.numbering = Numbering::of(served);
            self.model = Some(served.als().clone());
            self.pairs_when_full = usize::try_from(served.card().pairs).unwrap_or(usize::MAX);
        }
    }

    /// A warm sweep, and a training from the start where there is nothing to go on from, the data has outgrown it, or the
    /// gate refuses it.
    fn train(
        &self,
        examples: &Examples,
        served: Option<&LearnedModel>,
    ) -> Result<Result<(Choice, bool), Refusal>, LearningError> {
        self.pool.install(|| {
            let quality = served.and_then(|served| quality(served.personal(), examples));
            let grown = examples.all.len() as f64 > GROWN * self.pairs_when_full as f64;
            if let Some(model) = self.model.clone().filter(|_| !grown) {
                let warm = self.params.train_on(model, &examples.training, 1)?;
                match self.judge(&warm, examples, quality) {
                    Ok(choice) => return Ok(Ok((choice, false))),
                    Err(refusal) => tracing::info!(%refusal, "a warm sweep is refused; trained from the start"),
                }
            }
            let full = self.params.train(&examples.training, |_| true);
            Ok(self.judge(&full, examples, quality).map(|choice| (choice, true)))
        })
    }

    /// Chooses whether what sells now has a say, and asks the gate.
    fn judge(&self, model: &AlsModel, examples: &Examples, served: Option<f64>) -> Result<Choice, Refusal> {
        let health = model.health();
        // Before anything is made of the factors: what is not finite must not get further.
        self.settings.gate.judge(health, None, None)?;
        let choice = |weight| {
            let personal = Personal::new(model.clone(), examples.demand.recent.clone(), weight);
            Choice { ndcg: quality(&personal, examples), personal }
        };
        let (mut best, plain) = (choice(self.settings.recency_weight), choice(0.0));
        if plain.ndcg > best.ndcg {
            best = plain;
        }
        self.settings.gate.judge(health, best.ndcg, served)?;
        Ok(best)
    }

    /// The model with the factors of the busiest customers only.
    fn publishable(&self, card: Card, model: &AlsModel, examples: &Examples) -> Result<LearnedModel, LearningError> {
        let users = busiest(&examples.all, self.settings.published_customers);
        let mut names = tillstream_models::interactions::Ids::default();
        for user in &users {
            names.intern(self.numbering.users.name(*user).unwrap_or_default());
        }
        let model = model.select_users(&users);
        Ok(LearnedModel::new(card, names, self.numbering.items.clone(), examples.demand.clone(), model)?)
    }
}

/// A model as it would be served, and how good it is.
struct Choice {
    personal: Personal,
    ndcg: Option<f64>,
}

/// NDCG on the held-out purchases; `None` while there are too few customers to tell.
fn quality(model: &dyn Recommender, examples: &Examples) -> Option<f64> {
    if examples.held_out.len() < JUDGED_MIN {
        return None;
    }
    holdout(model, &examples.training, &examples.held_out, &[LIST]).ndcg.get(&LIST).copied()
}

/// The rows with the largest weights, in the order of rows.
fn busiest(matrix: &Interactions, count: usize) -> Vec<u32> {
    let weight = |row: tillstream_models::interactions::Row<'_>| row.weights.iter().sum::<f32>();
    let mut rows: Vec<(f32, u32)> = matrix.rows().zip(0..).map(|(row, user)| (weight(row), user)).collect();
    rows.retain(|(weight, _)| *weight > 0.0);
    rows.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut users: Vec<u32> = rows.into_iter().take(count).map(|(_, user)| user).collect();
    users.sort_unstable();
    users
}
