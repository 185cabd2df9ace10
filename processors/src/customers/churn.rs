//! Who is likely not to come back: how long somebody has been silent against how often she bought.

use super::CustomerValue;
use crate::days::{days, days_since};

/// Days that are taken to lie between two purchases before the shop's own habit is known.
pub const USUAL_GAP_DAYS: f64 = 60.0;

/// How likely a customer is gone.
///
/// The expected gap between purchases is that of her last purchases, with one gap as is usual in the shop among them: the time
/// between the first and the last of them, plus the usual gap, by their number. Who bought once is expected back after the usual
/// gap; who bought often is judged by her own habit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Churn {
    /// Days after which she was expected back.
    pub expected_gap_days: f64,
    /// Expected gaps since the last purchase: 1 is due, 3 is long overdue.
    pub overdue: f64,
    /// The chance that she would have been back by now if she still came, were purchases as random as calls at a switchboard:
    /// `1 - exp(-overdue)`.
    pub risk: f64,
}

impl CustomerValue {
    /// How likely she is gone at `now_ms` where `usual_gap_days` lie between purchases; `None` for one who bought nothing.
    #[must_use]
    pub fn churn(&self, now_ms: i64, usual_gap_days: f64) -> Option<Churn> {
        let (first, last) = (self.purchases_ms.first()?, self.last_purchase_ms()?);
        let expected_gap_days = (days_since(*first, last) + usual_gap_days) / self.purchases_ms.len() as f64;
        let overdue = days_since(last, now_ms) / expected_gap_days;
        overdue.is_finite().then(|| Churn { expected_gap_days, overdue, risk: -(-overdue).exp_m1() })
    }

    /// The days between her purchases on average; `None` for fewer than three, which say little.
    pub(super) fn own_gap_days(&self) -> Option<f64> {
        let (first, last) = (self.purchases_ms.first()?, self.last_purchase_ms()?);
        let gaps = self.purchases_ms.len().checked_sub(1).filter(|gaps| *gaps >= 2)?;
        Some(days(last - first) / gaps as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn churn(days: &[i64], now: i64) -> Churn {
        let purchases_ms = days.iter().map(|day| day * 86_400_000).collect();
        CustomerValue { purchases_ms, ..CustomerValue::default() }.churn(now * 86_400_000, 60.0).unwrap()
    }

    #[test]
    fn silence_is_measured_by_ones_own_habit() {
        let weekly: Vec<i64> = (0..10).map(|week| week * 7).collect();
        let often = churn(&weekly, 63 + 37);
        assert_eq!(often.expected_gap_days, 12.3);
        assert!((often.overdue - 37.0 / 12.3).abs() < 1e-9 && (often.risk - 0.95).abs() < 0.01, "{often:?}");
        let once = churn(&[0], 60);
        assert_eq!((once.expected_gap_days, once.overdue), (60.0, 1.0));
        assert!((once.risk - 0.632).abs() < 1e-3);
        assert_eq!(churn(&[0, 50], 50).risk, 0.0);
        assert_eq!(churn(&[0, 50], 40).risk, 0.0, "an answer as of before the purchase");
        assert_eq!(CustomerValue::default().churn(0, 60.0), None);
    }
}
