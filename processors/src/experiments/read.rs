//! What came of an experiment.

use std::collections::BTreeMap;
use std::sync::Arc;

use tillstream_stores::{arc_str, json};

use super::EXPOSURES;
use super::assignment::Experiment;
use super::exposure::{Exposed, Exposures};
use super::statistics::{Lift, Rate};
use crate::interactions::{Customer, TouchKind};
use crate::read::{Answers, ReadError, rows};

/// Rows read at a time.
const CHUNK: usize = 1_000;

/// What came of a variant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VariantReport {
    /// Its name.
    pub name: String,
    /// Customers who were shown a list.
    pub customers: u64,
    /// Those who followed a recommendation afterwards.
    pub clicked: Rate,
    /// Those who afterwards bought, and kept, something they had been shown.
    pub bought: Rate,
    /// How much more follow one than with the control.
    pub click_lift: Option<Lift>,
    /// How much more buy.
    pub purchase_lift: Option<Lift>,
}

/// What came of an experiment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExperimentReport {
    /// Its name.
    pub name: String,
    /// The variant that others are held against.
    pub control: String,
    /// Its variants in their order.
    pub variants: Vec<VariantReport>,
}

impl Answers {
    /// What came of an experiment so far. Looks at every customer who was shown a list.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`], [`ReadError::Store`].
    pub fn experiment(&self, experiment: &Experiment) -> Result<ExperimentReport, ReadError> {
        let mut counts: BTreeMap<&str, (u64, u64, u64)> = BTreeMap::new();
        self.for_each_exposed(&experiment.name, |user, exposed| {
            let customer = self.customer(user)?;
            if let Some(variant) = experiment.variants.iter().find(|variant| variant.name == exposed.variant) {
                let count = counts.entry(&variant.name).or_default();
                count.0 += 1;
                count.1 += u64::from(clicked(&customer, exposed));
                count.2 += u64::from(bought(&customer, exposed));
            }
            Ok(())
        })?;
        let rates = |name: &str| {
            let (of, clicked, bought) = counts.get(name).copied().unwrap_or_default();
            (Rate { some: clicked, of }, Rate { some: bought, of })
        };
        let control = rates(&experiment.control);
        let variants = experiment.variants.iter().map(|variant| {
            let (clicked, bought) = rates(&variant.name);
            let is_control = variant.name == experiment.control;
            let lift = |rate: Rate, of: Rate| if is_control { None } else { rate.lift_over(of) };
            VariantReport {
                name: variant.name.clone(),
                customers: clicked.of,
                clicked,
                bought,
                click_lift: lift(clicked, control.0),
                purchase_lift: lift(bought, control.1),
            }
        });
        let variants = variants.collect();
        Ok(ExperimentReport { name: experiment.name.clone(), control: experiment.control.clone(), variants })
    }

    fn for_each_exposed(
        &self,
        experiment: &str,
        mut visit: impl FnMut(&str, &Exposed) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        for task in rows::holders(self.query(), EXPOSURES)? {
            let mut from: Option<Arc<str>> = None;
            loop {
                let chunk = rows::key_values(&task, EXPOSURES, arc_str(), json::<Exposures>(), |view| {
                    view.range(from.as_ref(), None, CHUNK)
                })?;
                for (user, row) in &chunk {
                    if let Some(exposed) = row.value.get(experiment) {
                        visit(user, exposed)?;
                    }
                }
                // The first key behind the last one read.
                from = chunk.last().map(|(user, _)| format!("{user}\0").into());
                if chunk.len() < CHUNK {
                    break;
                }
            }
        }
        Ok(())
    }
}

fn clicked(customer: &Customer, exposed: &Exposed) -> bool {
    let mut touches = customer.activity.touches().iter().map(|(_, touch)| touch);
    touches.any(|touch| touch.kind == TouchKind::Clicked && touch.at_ms >= exposed.first_ms)
}

/// Only what was shown counts, bought when it was shown or later.
fn bought(customer: &Customer, exposed: &Exposed) -> bool {
    customer
        .purchases
        .kept_purchases()
        .any(|(product, at_ms)| exposed.products.get(&**product).is_some_and(|shown_ms| at_ms >= *shown_ms))
}
