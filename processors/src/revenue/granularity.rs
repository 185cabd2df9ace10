//! The sizes of windows money is added up in, and the calendar months made of days.

use crate::days::DAY_MS;

/// The size of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Granularity {
    /// One minute; for totals only.
    Minute,
    /// One hour.
    Hour,
    /// One day, UTC.
    Day,
    /// One calendar month, UTC: its days added up when it is read.
    Month,
}

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

impl Granularity {
    /// The word used in names and queries.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    /// Size of the windows that are stored, ms: a month is stored as days.
    #[must_use]
    pub const fn stored_ms(self) -> i64 {
        match self {
            Self::Minute => MINUTE_MS,
            Self::Hour => HOUR_MS,
            Self::Day | Self::Month => DAY_MS,
        }
    }

    /// The granularity that is stored.
    #[must_use]
    pub const fn stored(self) -> Self {
        match self {
            Self::Month => Self::Day,
            stored => stored,
        }
    }

    /// Start and end of the window that holds `at_ms`, epoch ms.
    #[must_use]
    pub fn window(self, at_ms: i64) -> (i64, i64) {
        if self == Self::Month {
            return month(at_ms);
        }
        let size = self.stored_ms();
        let start = at_ms.div_euclid(size).saturating_mul(size);
        (start, start.saturating_add(size))
    }
}

/// Start and end of the calendar month (UTC) that holds `at_ms`.
fn month(at_ms: i64) -> (i64, i64) {
    let (year, month) = year_and_month(at_ms.div_euclid(DAY_MS));
    let (next_year, next_month) = if month == 12 { (year.saturating_add(1), 1) } else { (year, month + 1) };
    let start = |year, month| first_day(year, month).saturating_mul(DAY_MS);
    (start(year, month), start(next_year, next_month))
}

/// Days from 0000-03-01 to 1970-01-01 in the proleptic Gregorian calendar.
const EPOCH_DAYS: i64 = 719_468;
/// Days in 400 years, after which the calendar repeats.
const ERA_DAYS: i64 = 146_097;

/// Years start in March here, so that the leap day is the last of a year.
fn year_and_month(day: i64) -> (i64, i64) {
    let days = day.saturating_add(EPOCH_DAYS);
    let (era, day_of_era) = (days.div_euclid(ERA_DAYS), days.rem_euclid(ERA_DAYS));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month)
}

/// The first day of a month, counted from the epoch.
fn first_day(year: i64, month: i64) -> i64 {
    let year = if month > 2 { year } else { year - 1 };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * ERA_DAYS + day_of_era - EPOCH_DAYS
}

#[cfg(test)]
mod tests {
    use tillstream_models::events::parse_rfc3339;

    use super::*;

    fn ms(text: &str) -> i64 {
        parse_rfc3339(text).unwrap()
    }

    #[test]
    fn months_are_those_of_the_calendar() {
        for (at, start, end) in [
            ("2010-12-01T08:26:00Z", "2010-12-01T00:00:00Z", "2011-01-01T00:00:00Z"),
            ("2012-02-29T23:59:59Z", "2012-02-01T00:00:00Z", "2012-03-01T00:00:00Z"),
            ("2011-03-01T00:00:00Z", "2011-03-01T00:00:00Z", "2011-04-01T00:00:00Z"),
            ("1969-12-31T23:59:59Z", "1969-12-01T00:00:00Z", "1970-01-01T00:00:00Z"),
            ("2000-02-28T00:00:00Z", "2000-02-01T00:00:00Z", "2000-03-01T00:00:00Z"),
        ] {
            assert_eq!(Granularity::Month.window(ms(at)), (ms(start), ms(end)), "{at}");
        }
    }

    #[test]
    fn every_day_of_four_centuries_lies_in_its_month_and_months_follow_each_other() {
        let (mut at, last) = (ms("1800-01-01T00:00:00Z"), ms("2200-01-01T00:00:00Z"));
        let mut months = 0;
        while at < last {
            let (start, end) = Granularity::Month.window(at);
            assert_eq!(start, at);
            assert!((28..=31).contains(&((end - start) / DAY_MS)));
            assert_eq!(Granularity::Month.window(end - 1), (start, end));
            (at, months) = (end, months + 1);
        }
        assert_eq!((at, months), (last, 4_800));
    }

    #[test]
    fn the_others_are_aligned_to_the_epoch() {
        let at = ms("2010-12-01T08:26:31Z");
        assert_eq!(Granularity::Minute.window(at).0, ms("2010-12-01T08:26:00Z"));
        assert_eq!(Granularity::Hour.window(at), (ms("2010-12-01T08:00:00Z"), ms("2010-12-01T09:00:00Z")));
        assert_eq!(Granularity::Day.window(at).1, ms("2010-12-02T00:00:00Z"));
    }
}
