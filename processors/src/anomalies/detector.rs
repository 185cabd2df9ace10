//! The operator that judges hours.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tillstream_models::events::{Anomaly, Currency, Envelope, Money};
use tillstream_stores::{Headers, KeyValueStore, ValueAndTimestamp, WindowStore, Windowed};
use tillstream_topology::{
    InitContext, ProcessError, Processor, ProcessorContext, PunctuationType, Record, StoreHandle, WiringError,
};

use super::Spotted;
use super::baseline::Baseline;
use crate::revenue::{Figures, Granularity, RevenueKey};

/// How often it is looked for hours that became final, ms of event time.
const LOOK_MS: i64 = 600_000;
/// The same by the wall clock.
const LOOK_WITHOUT_SALES_MS: i64 = 2_000;
/// Hours judged at one look; the rest follows with the next.
const HOURS_A_LOOK: usize = 2_000;
const HOUR_MS: i64 = Granularity::Hour.stored_ms();
const HOURS_A_WEEK: i64 = 168;
/// The epoch began on a Thursday.
const FIRST_MONDAY_HOURS: i64 = 4 * 24;

type Hours = WindowStore<RevenueKey, Figures>;
type Baselines = KeyValueStore<Arc<str>, Baseline>;
type ProgressStore = KeyValueStore<RevenueKey, Progress>;
type Anomalies = WindowStore<Arc<str>, Spotted>;

/// How far a currency has been judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Progress {
    /// Start of the next hour, epoch ms.
    next_ms: i64,
    /// Whether any hour was judged: until then an earlier one may still come.
    begun: bool,
}

/// The stores of the detector; `hours` is the table's own.
#[derive(Clone, Debug)]
pub(super) struct Stores {
    pub(super) hours: StoreHandle<Hours>,
    pub(super) baselines: StoreHandle<Baselines>,
    pub(super) progress: StoreHandle<ProgressStore>,
    pub(super) anomalies: StoreHandle<Anomalies>,
}

/// What it goes by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// An hour is final so long after its end.
    pub(super) grace_ms: i64,
    /// So many standard deviations stand out.
    pub(super) deviations: f64,
}

/// Judges each hour once, in order, when it cannot change any more: verdicts do not depend on how fast sales are read.
pub(super) struct Detector {
    hours: Rc<RefCell<Hours>>,
    baselines: Rc<RefCell<Baselines>>,
    progress: Rc<RefCell<ProgressStore>>,
    anomalies: Rc<RefCell<Anomalies>>,
    rules: Rules,
}

type Alerts<'a> = ProcessorContext<'a, Arc<str>, Anomaly>;

impl Detector {
    pub(super) fn new(context: &mut InitContext<'_>, stores: &Stores, rules: Rules) -> Result<Self, WiringError> {
        context.schedule(LOOK_MS, PunctuationType::StreamTime);
        // The watermark moves on without sales of this task, too; what is final by it does not depend on when one looks.
        context.schedule(LOOK_WITHOUT_SALES_MS, PunctuationType::WallClockTime);
        Ok(Self {
            hours: context.store(&stores.hours)?,
            baselines: context.store(&stores.baselines)?,
            progress: context.store(&stores.progress)?,
            anomalies: context.store(&stores.anomalies)?,
            rules,
        })
    }

    fn judge(&self, key: &RevenueKey, hour: i64, context: &mut Alerts<'_>) -> Result<(), ProcessError> {
        let figures = self.hours.borrow_mut().fetch(key, hour)?.map_or_else(Figures::default, |row| row.value);
        let (orders, revenue) = (figures.orders as f64, major_units(figures.gross));
        let week: Arc<str> = format!("{}:{}", key.currency, hour_of_week(hour)).into();
        let mut judged = None;
        self.baselines.borrow_mut().update(&week, &Headers::default(), |row| {
            let mut baseline = row.map(|row| row.value).unwrap_or_default();
            judged = baseline.meet(orders, revenue);
            Ok::<_, ProcessError>(Some(ValueAndTimestamp::new(baseline, hour)))
        })?;
        for (measure, spotted) in ["orders", "revenue"].into_iter().zip(judged.into_iter().flatten()) {
            if spotted.score.abs() >= self.rules.deviations {
                self.alert(measure, key.currency, hour, spotted, context)?;
            }
        }
        Ok(())
    }

    fn alert(
        &self,
        measure: &str,
        currency: Currency,
        hour: i64,
        spotted: Spotted,
        context: &mut Alerts<'_>,
    ) -> Result<(), ProcessError> {
        let metric: Arc<str> = format!("{measure}-{currency}").into();
        let row = Some(ValueAndTimestamp::new(spotted, hour));
        self.anomalies.borrow_mut().put(&metric, hour, row, &Headers::default())?;
        let at = hour + HOUR_MS;
        let anomaly = Anomaly {
            envelope: Envelope::new(format!("anomaly-{metric}-{hour}"), at),
            metric: (&*metric).into(),
            window_start_ms: hour,
            value: spotted.value,
            expected: spotted.expected,
            score: spotted.score,
        };
        context.forward(Record::new(metric, anomaly, at))
    }
}

impl Processor<Windowed<RevenueKey>, Option<Figures>, Arc<str>, Anomaly> for Detector {
    fn process(
        &mut self,
        record: Record<Windowed<RevenueKey>, Option<Figures>>,
        _context: &mut Alerts<'_>,
    ) -> Result<(), ProcessError> {
        let Windowed { key, window } = record.key;
        self.progress.borrow_mut().update(&key, &Headers::default(), |row| {
            let first = Progress { next_ms: window.start, begun: false };
            let progress = match row.map(|row| row.value) {
                Some(known) if known.begun || known.next_ms <= window.start => known,
                _ => first,
            };
            Ok::<_, ProcessError>(Some(ValueAndTimestamp::new(progress, record.timestamp)))
        })
    }

    fn punctuate(&mut self, _at: i64, _id: usize, context: &mut Alerts<'_>) -> Result<(), ProcessError> {
        let closed = context.watermark().saturating_sub(self.rules.grace_ms);
        let currencies = self.progress.borrow_mut().all()?;
        for (key, row) in currencies {
            let mut next = row.value.next_ms;
            for _ in 0..HOURS_A_LOOK {
                if next.saturating_add(HOUR_MS) > closed {
                    break;
                }
                self.judge(&key, next, context)?;
                next += HOUR_MS;
            }
            if next != row.value.next_ms {
                let row = Some(ValueAndTimestamp::new(Progress { next_ms: next, begun: true }, row.timestamp));
                self.progress.borrow_mut().put(&key, row, &Headers::default())?;
            }
        }
        Ok(())
    }
}

/// Hours since Monday, midnight UTC.
fn hour_of_week(hour_ms: i64) -> i64 {
    (hour_ms.div_euclid(HOUR_MS) - FIRST_MONDAY_HOURS).rem_euclid(HOURS_A_WEEK)
}

/// For statistics only: sums of money stay exact.
fn major_units(money: Money) -> f64 {
    money.units() as f64 / 10_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_begin_on_monday() {
        // 2010-12-01 was a Wednesday, 2010-12-06 a Monday.
        assert_eq!(hour_of_week(1_291_161_600_000), 48);
        assert_eq!(hour_of_week(1_291_593_600_000), 0);
        assert_eq!(hour_of_week(1_291_593_600_000 - 1), 167);
    }
}
