//! What the days of all sessions look like: are they all alike, and do they lie after the day the data were locked?

use super::problem::{FileProblems, Problem};
use crate::study::Day;

/// Fewer sessions may all be of one day.
const FEWEST: u64 = 20;

/// The days met so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Days {
    sessions: u64,
    /// The first and the last.
    range: Option<(Day, Day)>,
    line: u64,
    /// Sessions after the data lock, and the line of the first of them.
    late: u64,
    late_line: Option<u64>,
}

impl Days {
    #[inline]
    pub fn look(&mut self, day: Day, is_late: bool, line: u64) {
        if self.sessions == 0 {
            self.line = line;
        }
        self.sessions += 1;
        let (first, last) = self.range.unwrap_or((day, day));
        self.range = Some((first.min(day), last.max(day)));
        if is_late {
            self.late += 1;
            self.late_line.get_or_insert(line);
        }
    }

    /// Adds those of a later part of the file, whose lines are counted from `first_line`.
    pub fn merge(&mut self, later: &Days, first_line: u64) {
        if self.sessions == 0 {
            self.line = later.line + first_line;
        }
        self.sessions += later.sessions;
        self.range = match (self.range, later.range) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
            (a, b) => a.or(b),
        };
        self.late += later.late;
        let theirs = later.late_line.map(|line| line + first_line);
        self.late_line = self.late_line.or(theirs);
    }

    /// Says what is wrong; `clients` are those with two dated sessions or more.
    pub fn report(
        &self,
        lock: Option<&str>,
        clients: u64,
        column: usize,
        problems: &mut FileProblems,
    ) {
        let Some((first, last)) = self.range else {
            return;
        };
        if first == last && self.sessions >= FEWEST && clients > 0 {
            let message = format!(
                "found the same day in all {} sessions, expected the day of each",
                self.sessions
            );
            problems.push(Problem::new(self.line, column, "date", message).hint(
                "is it the day of the export? Give the day of each session; where the days are not known, export without the column",
            ));
        }
        if let (Some(line), Some(lock)) = (self.late_line, lock) {
            let message = format!(
                "found {} of {} sessions ({:.0} %) later than the data lock, {lock}; the last is of {}",
                self.late,
                self.sessions,
                100.0 * self.late as f64 / self.sessions as f64,
                last.month
            );
            problems.push(Problem::new(line, column, "date", message).hint(
                "is data_lock in the study file that of an earlier export? Set it to the day these data were exported; where the sessions after it are typing errors, mend them in the export",
            ));
        }
    }
}
