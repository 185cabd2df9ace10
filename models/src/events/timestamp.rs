//! RFC 3339 instants to and from milliseconds since 1970-01-01T00:00:00Z.

use chrono::DateTime;

const DAY_MS: i64 = 86_400_000;
/// Days from 0000-03-01 to 1970-01-01 in the proleptic Gregorian calendar.
const EPOCH_DAYS: i64 = 719_468;
/// Days in 400 years, after which the calendar repeats.
const ERA_DAYS: i64 = 146_097;

/// Milliseconds since the epoch of an RFC 3339 instant; `None` when it is none.
///
/// The usual form, `YYYY-MM-DDTHH:MM:SS[.fff]Z`, is read by hand: it occurs in every event.
/// Offsets, finer fractions (cut to milliseconds) and leap seconds go through chrono.
///
/// ```
/// use tillstream_models::events::parse_rfc3339;
/// assert_eq!(parse_rfc3339("2010-12-01T08:26:00Z"), Some(1_291_191_960_000));
/// assert_eq!(parse_rfc3339("2010-12-01T09:26:00+01:00"), Some(1_291_191_960_000));
/// assert_eq!(parse_rfc3339("2010-02-30T00:00:00Z"), None);
/// ```
#[must_use]
pub fn parse_rfc3339(text: &str) -> Option<i64> {
    parse_usual(text.as_bytes()).or_else(|| DateTime::parse_from_rfc3339(text).ok().map(|time| time.timestamp_millis()))
}

/// The RFC 3339 form of `at_ms` in UTC, with milliseconds only when there are some.
///
/// Years are written with at least four digits; outside 0000..=9999 no RFC 3339 form exists.
#[must_use]
pub fn format_rfc3339(at_ms: i64) -> String {
    let (year, month, day) = civil_date(at_ms.div_euclid(DAY_MS));
    let in_day = at_ms.rem_euclid(DAY_MS);
    let (seconds, millis) = (in_day / 1_000, in_day % 1_000);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let mut text = String::with_capacity(24);
    push_padded(&mut text, year, 4);
    for (separator, part) in [('-', month), ('-', day), ('T', hour), (':', minute), (':', second)] {
        text.push(separator);
        push_padded(&mut text, part, 2);
    }
    if millis > 0 {
        text.push('.');
        push_padded(&mut text, millis, 3);
    }
    text.push('Z');
    text
}

fn push_padded(text: &mut String, number: i64, width: u32) {
    if number < 0 {
        text.push('-');
    }
    let number = number.unsigned_abs();
    let width = width.max(number.checked_ilog10().unwrap_or(0) + 1);
    for place in (0..width).rev() {
        text.push(char::from(b'0' + (number / 10_u64.pow(place) % 10) as u8));
    }
}

/// `YYYY-MM-DDTHH:MM:SS[.fff]Z` and nothing else.
fn parse_usual(bytes: &[u8]) -> Option<i64> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', i1, i2, b':', s1, s2, ref rest @ ..] = bytes
    else {
        return None;
    };
    let millis = match rest {
        [b'Z'] => 0,
        &[b'.', f1, f2, f3, b'Z'] => digits([f1, f2, f3])?,
        _ => return None,
    };
    let (year, month, day) = (digits([y1, y2, y3, y4])?, digits([m1, m2])?, digits([d1, d2])?);
    let (hour, minute, second) = (digits([h1, h2])?, digits([i1, i2])?, digits([s1, s2])?);
    let valid = (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    valid.then(|| {
        let seconds = (hour * 60 + minute) * 60 + second;
        days_since_epoch(year, month, day) * DAY_MS + seconds * 1_000 + millis
    })
}

fn digits<const N: usize>(text: [u8; N]) -> Option<i64> {
    text.iter().try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0')))
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01. Years start in March here, so that the leap day is the last of a year
/// and the length of the months before it follows one line: `(153 * month + 2) / 5`.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month > 2 { year } else { year - 1 };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * ERA_DAYS + day_of_era - EPOCH_DAYS
}

/// The inverse of [`days_since_epoch`].
fn civil_date(days: i64) -> (i64, i64, i64) {
    let days = days + EPOCH_DAYS;
    let era = days.div_euclid(ERA_DAYS);
    let day_of_era = days.rem_euclid(ERA_DAYS);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// 0000-01-01T00:00:00Z and 9999-12-31T23:59:59.999Z.
    const WRITABLE: std::ops::RangeInclusive<i64> = -62_167_219_200_000..=253_402_300_799_999;

    #[test]
    fn refuses_what_is_no_instant() {
        for text in [
            "",
            "yesterday",
            "2010-12-01",
            "2010-12-01T08:26:00",
            "2010-13-01T08:26:00Z",
            "2011-02-29T08:26:00Z",
            "2010-12-01T24:00:00Z",
            "2010-12-01T08:60:00Z",
            "2010-12-01T08:26:61Z",
            "2010-12-01T08:26:00+99:00",
            "+12010-12-01T08:26:00Z",
            "1291191960000",
            "2010-12-01T08:26:0٣Z",
        ] {
            assert_eq!(parse_rfc3339(text), None, "{text}");
        }
    }

    #[test]
    fn leap_second_is_the_next_second() {
        assert_eq!(parse_rfc3339("2016-12-31T23:59:60Z"), parse_rfc3339("2017-01-01T00:00:00Z"));
    }

    proptest! {
        #[test]
        fn agrees_with_chrono(at_ms in WRITABLE) {
            let text = format_rfc3339(at_ms);
            let chrono = DateTime::parse_from_rfc3339(&text).map(|time| time.timestamp_millis());
            prop_assert_eq!(chrono, Ok(at_ms));
            prop_assert_eq!(parse_usual(text.as_bytes()), Some(at_ms));
        }

        #[test]
        fn any_number_can_be_written(at_ms: i64) {
            prop_assert!(format_rfc3339(at_ms).ends_with('Z'));
        }

        #[test]
        fn fast_path_accepts_nothing_chrono_refuses(
            text in "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{3})?Z"
        ) {
            let fast = parse_usual(text.as_bytes());
            let chrono = DateTime::parse_from_rfc3339(&text).ok().map(|time| time.timestamp_millis());
            prop_assert!(fast.is_none() || fast == chrono);
        }
    }
}
