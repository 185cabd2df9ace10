//! Reading customers: one, by id, or those who are about to leave.

use std::sync::Arc;

use tillstream_models::segments::SegmentModel;
use tillstream_stores::arc_str;

use super::{CUSTOMERS, Churn, CustomerValue, USUAL_GAP_DAYS, customer_value_serde};
use crate::read::{Answers, ReadError, page, rows, stamp};

/// Most customers in the list of those who are about to leave.
const LEAVING_MAX: usize = 1_000;

/// A customer, what kind of customer she is, and how likely she is gone.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomerProfile {
    /// The customer.
    pub user_id: Arc<str>,
    /// When, how often and for how much she bought.
    pub value: CustomerValue,
    /// Her segment; `None` before there are any, and while no order of hers stands.
    pub segment: Option<String>,
    /// How likely she is gone; `None` while no order of hers stands.
    pub churn: Option<Churn>,
}

/// Customers by id.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CustomerPage {
    /// The customers.
    pub customers: Vec<CustomerProfile>,
    /// The customer to go on behind; `None` at the end. A page may hold fewer customers than asked for, even none, and still have a
    /// next one.
    pub after: Option<Arc<str>>,
}

/// What customers are judged by, as of one moment.
#[derive(Clone, Debug)]
pub struct CustomerJudge {
    model: Option<Arc<SegmentModel>>,
    now_ms: i64,
}

impl CustomerJudge {
    fn segment(&self, value: &CustomerValue) -> Option<&str> {
        let segment = self.model.as_ref()?.segments.of(&value.buyer(self.now_ms)?)?;
        Some(&segment.name)
    }

    fn churn(&self, value: &CustomerValue) -> Option<Churn> {
        let usual = self.model.as_ref().map_or(USUAL_GAP_DAYS, |model| model.card.usual_gap_days);
        value.churn(self.now_ms, usual).filter(|_| value.orders > 0)
    }

    /// The customer of a row.
    #[must_use]
    pub fn profile(&self, user_id: Arc<str>, value: CustomerValue) -> CustomerProfile {
        let segment = self.segment(&value).map(str::to_owned);
        CustomerProfile { user_id, segment, churn: self.churn(&value), value }
    }

    /// Whether a customer is in the segment that is asked for.
    fn fits(&self, segment: Option<&str>, value: &CustomerValue) -> bool {
        segment.is_none() || segment == self.segment(value)
    }
}

impl Answers {
    /// What a customer is worth; `None` for one who never bought anything.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`], [`ReadError::Store`].
    pub fn customer_profile(&self, user_id: &str) -> Result<Option<CustomerProfile>, ReadError> {
        let task = rows::holder_of(self.query(), CUSTOMERS, user_id)?;
        let row =
            rows::key_values(&task, CUSTOMERS, arc_str(), customer_value_serde(), |view| view.get(&user_id.into()))?;
        Ok(row.map(|row| self.customer_judge().profile(user_id.into(), row.value)))
    }

    /// At most `limit` customers behind `after`, by id; with `segment` only those in it.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`], [`ReadError::Store`].
    pub fn customer_profiles(
        &self,
        segment: Option<&str>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<CustomerPage, ReadError> {
        let (judge, serde) = (self.customer_judge(), customer_value_serde());
        let page = page(self.query(), CUSTOMERS, &serde, after, limit, |value| judge.fits(segment, value))?;
        let customers = page.rows.into_iter().map(|(user, value)| judge.profile(user, value)).collect();
        Ok(CustomerPage { customers, after: page.after })
    }

    /// At most `limit` customers (at most 1,000) most likely to be gone, the likeliest first; with `segment` only those in it.
    /// Looks at every customer.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`], [`ReadError::Store`].
    pub fn leaving_customers(&self, segment: Option<&str>, limit: usize) -> Result<Vec<CustomerProfile>, ReadError> {
        let judge = self.customer_judge();
        let version = judge.model.as_ref().map_or(0, |model| model.card.version);
        let question = (version, segment.map(str::to_owned));
        let all = self.caches().leaving.get(&question, stamp(self.query()), || self.leaving(&judge, segment))?;
        Ok(all.iter().take(limit).cloned().collect())
    }

    fn leaving(&self, judge: &CustomerJudge, segment: Option<&str>) -> Result<Vec<CustomerProfile>, ReadError> {
        let mut all: Vec<(f64, Arc<str>, CustomerValue)> = Vec::new();
        let first = |all: &mut Vec<(f64, Arc<str>, CustomerValue)>| {
            all.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
            all.truncate(LEAVING_MAX);
        };
        self.each_customer(|user, value| {
            if let Some(churn) = judge.churn(&value).filter(|_| judge.fits(segment, &value)) {
                all.push((churn.overdue, user, value));
            }
            if all.len() >= 10 * LEAVING_MAX {
                first(&mut all);
            }
        })?;
        first(&mut all);
        Ok(all.into_iter().map(|(_, user, value)| judge.profile(user, value)).collect())
    }

    /// What customers are judged by now.
    #[must_use]
    pub fn customer_judge(&self) -> CustomerJudge {
        CustomerJudge { model: self.segment_model(), now_ms: self.as_of() }
    }
}
