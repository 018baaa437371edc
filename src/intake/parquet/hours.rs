//! Days that somebody turned into moments of Greenwich.
//!
//! A day of a zone east of Greenwich begins there on the day before, at one hour, or at another in summer.
//! Read as they stand, such moments would move every session to the day before, and the first of a month to
//! another month.

use std::collections::BTreeSet;

use polars_arrow::array::{Array, PrimitiveArray};

use super::column::Kind;
use crate::intake::problem::Problem;

const HOUR: i64 = 3600;

/// The seconds of the day of moments whose zone is not known; three are enough to know that they are times
/// of day.
#[derive(Default)]
pub struct Hours(BTreeSet<i64>);

impl Hours {
    /// Looks at the moments of a part.
    pub fn look(&mut self, kind: &Kind, array: &dyn Array) {
        let Kind::Moment(_, clock) = kind else { return };
        if !clock.is_zone_unknown {
            return;
        }
        let values: Option<&PrimitiveArray<i64>> = array.as_any().downcast_ref();
        for ticks in values
            .into_iter()
            .flat_map(|values| values.iter().flatten())
        {
            if self.0.len() > 2 {
                return;
            }
            self.0.extend(clock.second_of_day(*ticks));
        }
    }

    /// Do all of them stand where days begin elsewhere?
    pub fn are_midnights_elsewhere(&self) -> bool {
        let is_midnight = |second: i64| second > 12 * HOUR && second % (HOUR / 4) == 0;
        match self.0.iter().copied().collect::<Vec<_>>()[..] {
            [one] => is_midnight(one),
            [one, other] => {
                let is_hour_apart = other - one == HOUR && is_midnight(one);
                // Greenwich itself has summers too.
                is_midnight(other) && (is_hour_apart || one == 0 && other == 23 * HOUR)
            }
            _ => false,
        }
    }
}

/// What is said of the column `at`.
pub fn elsewhere(at: usize, name: &str) -> Problem {
    Problem::new(
        1,
        at + 1,
        name,
        "found moments that are midnights of another time zone, expected days",
    )
    .hint("write the column as a date, or with the zone it belongs to: in UTC each would fall on the day before")
}
