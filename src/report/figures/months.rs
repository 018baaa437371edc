//! An axis of months: as many names below it as have room, with the year where one begins.

use super::axis::Axis;
use super::canvas::{Canvas, Frame, Stroke};
use super::ink::INK;
use super::lettering::Type;
use crate::report::words;
use crate::study::Month;

const YEAR: u16 = 12;
/// From name to name, in months: steps at which every January stays named, then whole years.
const STEPS: [u16; 9] = [1, 2, 3, 6, YEAR, 2 * YEAR, 5 * YEAR, 10 * YEAR, 50 * YEAR];
/// Between two names.
const GAP: f64 = 5.0;
const TICK: f64 = 4.0;
const TO_NAME: f64 = 17.0;

/// From the first month to the last.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Months {
    first: Month,
    last: Month,
}

impl Months {
    /// `None` where there is no month.
    pub fn of(months: impl Iterator<Item = Month> + Clone) -> Option<Months> {
        Some(Months {
            first: months.clone().min()?,
            last: months.max()?,
        })
    }

    /// Where a month stands on the axis.
    pub fn x(&self, month: Month) -> f64 {
        f64::from(month.number()) - f64::from(self.first.number())
    }

    /// Without ticks: those are named by [`Months::draw_names`].
    pub fn axis(&self) -> Axis {
        let last = self.last.number() - self.first.number();
        Axis::of_whole_numbers("month", 0, last.into(), 1).bare()
    }

    /// `Jan 2024 to Dec 2025`
    pub fn in_words(&self) -> String {
        if self.first == self.last {
            return words::month(self.first);
        }
        let (first, last) = (words::month(self.first), words::month(self.last));
        format!("{first} to {last}")
    }

    /// The months that are named in a frame with these ends: the first one, and as many as have room.
    pub fn named(&self, ends: (f64, f64)) -> Vec<(Month, String)> {
        let attempts = STEPS.map(|step| self.named_every(step, ends));
        let fitting = attempts.into_iter().flatten().next();
        fitting.unwrap_or_else(|| vec![(self.first, words::month(self.first))])
    }

    /// `None` where two names would touch.
    fn named_every(&self, step: u16, ends: (f64, f64)) -> Option<Vec<(Month, String)>> {
        let axis = self.axis();
        let reach = |month: Month, name: &str| {
            let (middle, half) = (axis.at(self.x(month), ends), Type::SMALL.width(name) / 2.0);
            (middle - half - GAP, middle + half)
        };
        let first = words::month(self.first);
        let taken = reach(self.first, &first).1;
        let mut named = vec![(self.first, first)];
        let mut end = taken;
        let mut year = self.first.year();
        for month in (self.first.number() + 1..=self.last.number()).map(Month::from_number) {
            if month.number() % step != 0 {
                continue;
            }
            // The year stands at the first name of a year, so that it is not lost with a January.
            let name = if month.year() == year {
                words::month_of_year(month).to_owned()
            } else {
                words::month(month)
            };
            let (from, to) = reach(month, &name);
            if from < taken {
                continue;
            }
            if from < end {
                return None;
            }
            (end, year) = (to, month.year());
            named.push((month, name));
        }
        Some(named)
    }

    /// Ticks with their names below a frame.
    pub fn draw_names(&self, canvas: &Canvas<'_>, frame: Frame) {
        let axis = self.axis();
        for (month, name) in self.named(frame.ends()) {
            let x = axis.at(self.x(month), frame.ends());
            let tick = [(x, frame.bottom), (x, frame.bottom + TICK)];
            canvas.line(&tick, Stroke::new(INK, 1.0));
            canvas.text((x, frame.bottom + TO_NAME), &name, Type::SMALL.centred());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(first: &str, last: &str, width: f64) -> Vec<String> {
        let months = Months::of([first, last].into_iter().filter_map(Month::of_text));
        let months = months.expect("two months");
        let named = months.named((0.0, width)).into_iter();
        named.map(|(_, name)| name).collect()
    }

    #[test]
    fn the_first_month_and_every_january_have_their_year() {
        assert_eq!(
            names("2024-11", "2025-04", 500.0),
            ["Nov 2024", "Dec", "Jan 2025", "Feb", "Mar", "Apr"]
        );
        assert_eq!(names("2025-03", "2025-03", 500.0), ["Mar 2025"]);
        let two_years = names("2024-01", "2025-12", 530.0);
        assert_eq!(two_years[..3], ["Jan 2024", "Mar", "May"]);
        assert!(two_years.contains(&"Jan 2025".into()), "{two_years:?}");
        let twelve = names("2014-05", "2025-12", 530.0);
        assert_eq!(twelve[..2], ["May 2014", "Jan 2016"]);
    }

    #[test]
    fn a_year_is_not_lost_where_its_january_has_no_room() {
        let names = names("2024-12", "2026-11", 530.0);
        assert_eq!(names[0], "Dec 2024");
        assert!(names[1].ends_with(" 2025"), "{names:?}");
    }

    #[test]
    fn names_never_touch() {
        for last in ["2024-07", "2025-05", "2027-12", "2040-01", "2124-06"] {
            let months = Months::of(["2024-06", last].into_iter().filter_map(Month::of_text));
            let months = months.expect("two months");
            let (axis, ends) = (months.axis(), (0.0, 400.0));
            let mut end = f64::NEG_INFINITY;
            for (month, name) in months.named(ends) {
                let middle = axis.at(months.x(month), ends);
                let half = Type::SMALL.width(&name) / 2.0;
                assert!(middle - half > end, "{name} until {last}");
                end = middle + half;
            }
        }
    }
}
