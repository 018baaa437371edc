//! Days of the calendar as text: YYYY-MM-DD, or turned into it where the study says how days are written.

use serde::Deserialize;

/// Is this a day of the calendar, written YYYY-MM-DD?
pub fn is_iso_date(text: &[u8]) -> bool {
    let Ok(&[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2]) = <&[u8; 10]>::try_from(text) else {
        return false;
    };
    if ![y1, y2, y3, y4, m1, m2, d1, d2]
        .iter()
        .all(u8::is_ascii_digit)
    {
        return false;
    }
    let two = |a: u8, b: u8| u32::from(a - b'0') * 10 + u32::from(b - b'0');
    let (month, day) = (two(m1, m2), two(d1, d2));
    if !(1..=12).contains(&month) || day == 0 {
        return false;
    }
    if day <= 28 {
        return true;
    }
    let year = two(y1, y2) * 100 + two(y3, y4);
    let leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        _ => 31,
    };
    day <= days
}

/// How the days of a file are written. 03/04/2024 could be two days, so nothing is guessed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Dates {
    #[default]
    #[serde(rename = "yyyy-mm-dd")]
    Iso,
    #[serde(rename = "dd.mm.yyyy", alias = "dd/mm/yyyy", alias = "dd-mm-yyyy")]
    DayFirst,
    #[serde(rename = "mm/dd/yyyy", alias = "mm.dd.yyyy", alias = "mm-dd-yyyy")]
    MonthFirst,
}

impl Dates {
    /// The form in words.
    pub fn word(self) -> &'static str {
        match self {
            Dates::Iso => "YYYY-MM-DD",
            Dates::DayFirst => "DD.MM.YYYY",
            Dates::MonthFirst => "MM/DD/YYYY",
        }
    }

    /// The day as YYYY-MM-DD; a time of day after it does not count. `None` where it is no day of the
    /// calendar in this form.
    #[inline]
    pub fn iso(self, text: &[u8]) -> Option<[u8; 10]> {
        if self == Dates::Iso
            && let Ok(day) = <[u8; 10]>::try_from(text)
        {
            return is_iso_date(text).then_some(day);
        }
        self.other_form(text)
    }

    fn other_form(self, text: &[u8]) -> Option<[u8; 10]> {
        let end = text.iter().position(|b| matches!(b, b' ' | b'T'));
        let (day, time) = text.split_at(end.unwrap_or(text.len()));
        if !time.is_empty() && !is_time(&time[1..]) {
            return None;
        }
        let iso = match self {
            Dates::Iso => <[u8; 10]>::try_from(day).ok()?,
            Dates::DayFirst | Dates::MonthFirst => {
                let mut parts = day.split(|b| matches!(b, b'.' | b'/' | b'-'));
                let (first, second) = (two_digits(parts.next()?)?, two_digits(parts.next()?)?);
                let year = <[u8; 4]>::try_from(parts.next()?).ok()?;
                let (day, month) = match self {
                    Dates::MonthFirst => (second, first),
                    _ => (first, second),
                };
                if parts.next().is_some() {
                    return None;
                }
                let [y1, y2, y3, y4] = year;
                [
                    y1, y2, y3, y4, b'-', month[0], month[1], b'-', day[0], day[1],
                ]
            }
        };
        is_iso_date(&iso).then_some(iso)
    }
}

/// Is this a time of day, perhaps with an offset: `09:30`, `09:30:00.5Z`, `10:00:00-05:00`, `10:00 +0100`? It is
/// the day where it was written: the offset does not move it.
fn is_time(text: &[u8]) -> bool {
    let is_clock = |b: &u8| b.is_ascii_digit() || matches!(b, b':' | b'.');
    let text = text.strip_suffix(b"Z").unwrap_or(text);
    match text.iter().position(|b| matches!(b, b'+' | b'-')) {
        None => text.iter().all(is_clock),
        Some(sign) => {
            let (clock, offset) = (text[..sign].trim_ascii_end(), &text[sign + 1..]);
            let is_hours = matches!(offset.len(), 2 | 4 | 5) && offset.iter().all(is_clock);
            !clock.is_empty() && clock.iter().all(is_clock) && is_hours
        }
    }
}

fn two_digits(text: &[u8]) -> Option<[u8; 2]> {
    match *text {
        [one] => Some([b'0', one]),
        [ten, one] => Some([ten, one]),
        _ => None,
    }
}

/// The day that lies `days` after 1970-01-01, as YYYY-MM-DD.
pub fn iso_day(days: i32) -> String {
    // Hinnant's civil_from_days: years begin in March, eras have 400 years.
    let z = i64::from(days) + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day {
    pub month: Month,
    pub of_month: u8,
}

impl Day {
    /// The day of a text written YYYY-MM-DD; none for a year too far away to be one of a chart.
    pub fn of_iso(day: &[u8]) -> Option<Day> {
        let month = Month::of_day(day)?;
        let of_month = 10 * (day[8] - b'0') + (day[9] - b'0');
        Some(Day { month, of_month })
    }
}

/// A month of the calendar, as months since the year 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(u16);

impl Month {
    /// The month of a day written YYYY-MM-DD.
    pub fn of_day(day: &[u8]) -> Option<Month> {
        if !is_iso_date(day) {
            return None;
        }
        let number = |digits: &[u8]| {
            let digits = digits.iter().map(|digit| u16::from(digit - b'0'));
            digits.fold(0u16, |number, digit| number.wrapping_mul(10) + digit)
        };
        // The year 5461 is the last that fits.
        number(&day[..4])
            .checked_mul(12)?
            .checked_add(number(&day[5..7]) - 1)
            .map(Month)
    }

    /// A month written `2025-03`.
    pub fn of_text(written: &str) -> Option<Month> {
        Month::of_day(format!("{written}-01").as_bytes())
    }

    /// So many months later.
    pub fn later(self, months: u16) -> Month {
        Month(self.0.saturating_add(months))
    }

    /// The number of its last day, counted from 1970-01-01.
    pub fn last_day(self) -> Option<i64> {
        day_number(&format!("{}-01", self.later(1))).map(|next| next - 1)
    }

    pub fn year(self) -> u16 {
        self.0 / 12
    }

    /// 0 for January to 11 for December.
    pub fn of_year(self) -> u16 {
        self.0 % 12
    }

    /// Months since the year 0.
    pub fn number(self) -> u16 {
        self.0
    }

    pub fn from_number(number: u16) -> Month {
        Month(number)
    }
}

impl std::fmt::Display for Month {
    /// `2025-03`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.of_year() + 1)
    }
}

/// The number of a day written YYYY-MM-DD, counted from 1970-01-01; none for anything else.
pub fn day_number(day: &str) -> Option<i64> {
    if !is_iso_date(day.as_bytes()) {
        return None;
    }
    let part = |range: std::ops::Range<usize>| day[range].parse::<i64>().ok();
    let (year, month, day) = (part(0..4)?, part(5..7)?, part(8..10)?);
    // Hinnant's days_from_civil: years begin in March.
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = 365 * year_of_era + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_since_1970_are_written_as_dates() {
        assert_eq!(iso_day(0), "1970-01-01");
        assert_eq!(iso_day(19_782), "2024-02-29");
        assert_eq!(iso_day(-1), "1969-12-31");
        assert_eq!(iso_day(20_453), "2025-12-31");
    }

    #[test]
    fn months_are_read_from_days() {
        let month = |day: &str| Month::of_day(day.as_bytes()).map(|m| m.to_string());
        assert_eq!(month("2025-03-31").as_deref(), Some("2025-03"));
        assert_eq!(month("2024-12-01").as_deref(), Some("2024-12"));
        assert_eq!(month("2023-02-29"), None);
        assert_eq!(month("9999-12-31"), None, "beyond what a month can hold");
    }

    #[test]
    fn a_day_and_its_number_are_one() {
        for days in (-200_000..200_000).step_by(37) {
            assert_eq!(day_number(&iso_day(days)), Some(i64::from(days)));
        }
        assert_eq!(day_number("2023-02-29"), None);
    }

    #[test]
    fn only_days_of_the_calendar_are_dates() {
        for day in ["2024-02-29", "2000-02-29", "2023-12-31"] {
            assert!(is_iso_date(day.as_bytes()), "{day}");
        }
        for other in [
            "2023-02-29",
            "1900-02-29",
            "2023-04-31",
            "2023-13-01",
            "2023-1-01",
            "01.02.2023",
            "",
        ] {
            assert!(!is_iso_date(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn days_are_read_as_the_study_says_and_never_guessed() {
        let read = |dates: Dates, text: &str| {
            dates
                .iso(text.as_bytes())
                .map(|day| String::from_utf8(day.to_vec()).expect("digits"))
        };
        for (dates, text, day) in [
            (Dates::Iso, "2025-12-31", "2025-12-31"),
            (Dates::Iso, "2025-12-31 00:00:00", "2025-12-31"),
            (Dates::Iso, "2025-12-31T09:30:00Z", "2025-12-31"),
            (Dates::Iso, "2024-03-01T10:00:00-05:00", "2024-03-01"),
            (Dates::Iso, "2024-03-01 23:30:00.000+01:00", "2024-03-01"),
            (Dates::Iso, "2024-03-01T10:00:00 +0100", "2024-03-01"),
            (Dates::Iso, "2024-03-01T10:00-05", "2024-03-01"),
            (Dates::MonthFirst, "3/1/2024 10:00-05:00", "2024-03-01"),
            (Dates::DayFirst, "31.12.2025", "2025-12-31"),
            (Dates::DayFirst, "3/4/2024", "2024-04-03"),
            (Dates::MonthFirst, "3/4/2024", "2024-03-04"),
            (Dates::DayFirst, "29.02.2024 10:15", "2024-02-29"),
        ] {
            assert_eq!(read(dates, text).as_deref(), Some(day), "{text}");
        }
        for (dates, text) in [
            (Dates::Iso, "31.12.2025"),
            (Dates::Iso, "2025-02-30"),
            (Dates::Iso, "2025-12-31 morning"),
            (Dates::Iso, "2025-12-31 - 2026-01-02"),
            (Dates::Iso, "2025-12-31T10:00-"),
            (Dates::Iso, "2025-12-31T-05:00"),
            (Dates::Iso, "2025-12-31T10:00-5-0"),
            (Dates::DayFirst, "2025-12-31"),
            (Dates::DayFirst, "12/31/2025"),
            (Dates::DayFirst, "31.12.25"),
            (Dates::DayFirst, "1.2.3.2025"),
            (Dates::MonthFirst, "31.12.2025"),
            (Dates::MonthFirst, "45678"),
        ] {
            assert_eq!(read(dates, text), None, "{text}");
        }
    }
}
