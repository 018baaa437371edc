//! The calendar of a made-up clinic: weekdays of two years, as text.
//! **Question.** On which day is each session?
//! **Method.** One session a week, now and then two weeks apart, mostly on the client's usual weekday.
//! **Not.** There are no holidays.
//! **Sources.** Hinnant, "chrono-compatible low-level date algorithms" (days to year, month, day).

use super::course::Status;
use super::stream::Stream;
use crate::study::iso_day;

/// The day the made-up data are locked.
pub(super) const DATA_LOCK: &str = "2025-12-31";
/// Monday, 1 January 2024, in days since 1970.
const FIRST_MONDAY: u32 = 19_723;
/// Weeks before the data lock.
const WEEKS: u32 = 104;
/// Weeks that the longest course could need.
const LONGEST: u32 = 2 * 80;

/// The text of every weekday of the period.
pub(super) struct Calendar {
    days: Vec<[u8; 10]>,
}

impl Calendar {
    pub(super) fn new() -> Calendar {
        let days = (0..(WEEKS + LONGEST) * 5)
            .map(|day| iso_date(FIRST_MONDAY + day / 5 * 7 + day % 5))
            .collect();
        Calendar { days }
    }

    /// The day of a week and weekday, both from 0.
    pub(super) fn text(&self, week: u32, weekday: u32) -> &[u8; 10] {
        &self.days[(week * 5 + weekday) as usize]
    }
}

/// When one client is seen.
pub(super) struct Appointments {
    week: u32,
    usual: u32,
    /// Bit s is set where two weeks lie between sessions s and s + 1.
    pauses: u128,
}

impl Appointments {
    pub(super) fn draw(sessions: u32, status: Status, stream: &mut Stream) -> Appointments {
        let mut pauses = 0u128;
        for session in 1..sessions {
            pauses |= u128::from(stream.chance(0.12)) << session;
        }
        let latest_start = (WEEKS - 1).saturating_sub(sessions - 1 + pauses.count_ones());
        let week = match status {
            Status::Ongoing => latest_start,
            Status::Completed | Status::DroppedOut => stream.below(latest_start + 1),
        };
        Appointments {
            week,
            usual: stream.below(5),
            pauses,
        }
    }

    /// The day of the next session, which is session `session`, counted from 1.
    pub(super) fn next<'a>(
        &mut self,
        session: u32,
        calendar: &'a Calendar,
        stream: &mut Stream,
    ) -> &'a [u8; 10] {
        let weekday = if stream.chance(0.85) {
            self.usual
        } else {
            stream.below(5)
        };
        let day = calendar.text(self.week, weekday);
        self.week += 1 + ((self.pauses >> session) & 1) as u32;
        day
    }
}

/// A day since 1970 as YYYY-MM-DD.
fn iso_date(day: u32) -> [u8; 10] {
    let text = iso_day(i32::try_from(day).expect("days of this century are small"));
    text.into_bytes()
        .try_into()
        .expect("a day has ten characters")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar_starts_on_a_monday_and_knows_leap_years() {
        assert_eq!(&iso_date(FIRST_MONDAY), b"2024-01-01");
        assert_eq!(FIRST_MONDAY % 7, 4, "1 January 1970 was a Thursday");
        assert_eq!(&iso_date(FIRST_MONDAY + 59), b"2024-02-29");
        assert_eq!(&iso_date(FIRST_MONDAY + 730), b"2025-12-31");
        assert_eq!(&iso_date(FIRST_MONDAY + 731), b"2026-01-01");
    }
}
