//! Lists in an experiment.

use super::{ListQuery, Recommendations, RecommendedList};
use crate::experiments::Exposure;
use crate::read::ReadError;

/// A list as a customer is shown it.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// The list.
    pub list: RecommendedList,
    /// The experiment and its variant, if she is in one.
    pub experiment: Option<(String, String)>,
}

impl Recommendations {
    /// A customer's list as the experiment that is on has it, and a note that she was shown it.
    ///
    /// # Errors
    /// As [`Recommendations::for_customer`].
    pub fn show(&self, user_id: &str, query: &ListQuery) -> Result<Shown, ReadError> {
        let experiment = self.settings.experiment.as_ref();
        let assigned = experiment.and_then(|experiment| Some((experiment, experiment.variant_of(user_id)?)));
        let Some((experiment, variant)) = assigned else {
            return Ok(Shown { list: self.for_customer(user_id, query)?, experiment: None });
        };
        let at_ms = self.answers.as_of();
        let list = self.for_customer(user_id, &ListQuery { from: variant.source, ..query.clone() })?;
        let exposure = Exposure {
            experiment: experiment.name.clone(),
            variant: variant.name.clone(),
            at_ms,
            products: list.items.iter().map(|item| item.product_id.to_string()).collect(),
        };
        self.inner.exposures.push(user_id, exposure);
        Ok(Shown { list, experiment: Some((experiment.name.clone(), variant.name.clone())) })
    }
}
