//! Instants on the wire: RFC 3339 in UTC, with milliseconds.

use chrono::{DateTime, NaiveDate, SecondsFormat};
use serde::{Serialize, Serializer};
use tillstream_models::events::parse_rfc3339;
use utoipa::ToSchema;

/// Epoch milliseconds that are shown as RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2010-12-01T08:26:00.000Z")]
pub(crate) struct Instant(pub(crate) i64);

impl Instant {
    /// `None` for the -1 that stands for "nothing seen yet".
    pub(crate) fn known(at_ms: i64) -> Option<Self> {
        (at_ms >= 0).then_some(Self(at_ms))
    }

    pub(crate) fn text(self) -> String {
        match DateTime::from_timestamp_millis(self.0) {
            Some(time) => time.to_rfc3339_opts(SecondsFormat::Millis, true),
            // Beyond the calendar: no event can be there, a settled bound could.
            None => self.0.to_string(),
        }
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

/// Reads a time parameter: an RFC 3339 instant, or a date, which is its midnight in UTC.
pub(crate) fn parse_time(text: &str) -> Result<i64, &'static str> {
    let date = || text.parse::<NaiveDate>().ok()?.and_hms_opt(0, 0, 0).map(|time| time.and_utc().timestamp_millis());
    // A "+" of an offset that was not escaped arrives as a space.
    parse_rfc3339(text)
        .or_else(date)
        .or_else(|| parse_rfc3339(&text.replace(' ', "+")))
        .ok_or("expected an RFC 3339 time such as 2010-12-01T08:26:00Z, or a date such as 2010-12-01")
}

/// Reads a length of time such as `24h`, `90 min` or `7d`; milliseconds.
pub(crate) fn parse_duration(text: &str) -> Result<i64, &'static str> {
    let millis: Result<tillstream_config::Millis, _> = text.parse();
    millis.map(tillstream_config::Millis::get).map_err(|_| "expected a duration such as 24h, 90min or 7d")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_written_with_milliseconds() {
        assert_eq!(Instant(1_291_191_960_000).text(), "2010-12-01T08:26:00.000Z");
        assert_eq!(Instant(1).text(), "1970-01-01T00:00:00.001Z");
    }

    #[test]
    fn times_are_instants_or_dates() {
        assert_eq!(parse_time("2010-12-01"), Ok(1_291_161_600_000));
        assert_eq!(parse_time("2010-12-01T08:26:00Z"), Ok(1_291_191_960_000));
        assert_eq!(parse_time("2010-12-01T09:26:00 01:00"), Ok(1_291_191_960_000));
        assert!(parse_time("2010-13-01").is_err());
        assert!(parse_time("yesterday").is_err());
    }

    #[test]
    fn durations_need_a_unit() {
        assert_eq!(parse_duration("24h"), Ok(86_400_000));
        assert!(parse_duration("24").is_err());
    }
}
