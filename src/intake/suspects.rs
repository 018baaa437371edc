//! Codes for "missing" among scores whose questionnaire, and so whose range, is not known.
//!
//! Where the range is known, 99 lies outside it and is refused. Where it is not, a code gives itself
//! away by lying far from every other score of the column; one that does not cannot be told.

use super::problem::Problem;
use crate::study::missing_with;

/// Numbers that statistics programs and forms use for "missing".
const CODES: [f64; 9] = [-999.0, -99.0, -9.0, -1.0, 77.0, 88.0, 98.0, 99.0, 999.0];
/// How far above every other score a code must lie to be one, as a share of the highest.
const ABOVE: f64 = 1.1;

/// What the scores of a column without a range look like.
#[derive(Clone, Debug)]
pub(super) struct Suspects {
    /// Rows with each code, and the first of them.
    codes: [(u64, u64); CODES.len()],
    lowest: f64,
    highest: f64,
}

impl Suspects {
    pub fn new() -> Suspects {
        Suspects {
            codes: [(0, 0); CODES.len()],
            lowest: f64::INFINITY,
            highest: f64::NEG_INFINITY,
        }
    }

    pub fn look(&mut self, score: f64, line: u64) {
        match CODES.iter().position(|code| *code == score) {
            Some(at) => {
                let (count, first) = &mut self.codes[at];
                *first = if *count == 0 { line } else { line.min(*first) };
                *count += 1;
            }
            None => {
                self.lowest = self.lowest.min(score);
                self.highest = self.highest.max(score);
            }
        }
    }

    /// Adds those of a later part of the file, whose lines are counted from `first_line`.
    pub fn merge(&mut self, later: &Suspects, first_line: u64) {
        for (ours, theirs) in self.codes.iter_mut().zip(later.codes) {
            if ours.0 == 0 && theirs.0 > 0 {
                ours.1 = theirs.1 + first_line;
            }
            ours.0 += theirs.0;
        }
        self.lowest = self.lowest.min(later.lowest);
        self.highest = self.highest.max(later.highest);
    }

    /// The codes that lie far from every other score, each at its first row.
    pub fn problems(&self, column: usize, field: &str, missing: &[String]) -> Vec<Problem> {
        let is_apart = |code: f64| {
            if code < 0.0 {
                self.lowest >= 0.0
            } else {
                code > ABOVE * self.highest
            }
        };
        // Without any other score there is nothing to lie apart from.
        let has_others = self.lowest <= self.highest;
        let found = CODES
            .iter()
            .zip(self.codes)
            .filter(|(code, (count, _))| has_others && *count > 0 && is_apart(**code));
        found
            .map(|(code, (count, first))| {
                let rows = if count == 1 { "row" } else { "rows" };
                let message = format!(
                    "found {code} in {count} {rows}, every other score is {} to {}",
                    self.lowest, self.highest
                );
                Problem::new(first, column, field, message).hint(format!(
                    "if {code} means \"missing\", say so in the study file: [files] {}; if it is a score, name the questionnaire under [measures], so that its range is known",
                    missing_with(missing, &code.to_string())
                ))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(scores: &[f64]) -> Vec<String> {
        let mut suspects = Suspects::new();
        for (line, score) in scores.iter().enumerate() {
            suspects.look(*score, line as u64 + 2);
        }
        let problems = suspects.problems(4, "alliance", &[]);
        problems
            .iter()
            .map(|p| format!("{}: {}", p.line, p.message))
            .collect()
    }

    #[test]
    fn a_code_far_from_every_other_score_is_asked_about() {
        assert_eq!(
            found(&[40.0, 99.0, 60.0, 99.0, 12.0]),
            ["3: found 99 in 2 rows, every other score is 12 to 60"]
        );
        assert_eq!(
            found(&[1.0, 7.0, -9.0]),
            ["4: found -9 in 1 row, every other score is 1 to 7"]
        );
    }

    #[test]
    fn a_score_among_scores_is_none() {
        // A scale from 0 to 100, and one that has negative scores.
        assert!(found(&[12.0, 95.0, 97.0, 99.0, 98.0]).is_empty());
        assert!(found(&[-3.0, 5.0, -1.0, -9.0]).is_empty());
        assert!(found(&[99.0]).is_empty());
    }

    #[test]
    fn parts_of_a_file_are_one_column() {
        let mut first = Suspects::new();
        first.look(50.0, 0);
        let mut later = Suspects::new();
        later.look(99.0, 3);
        later.look(98.5, 4);
        first.merge(&later, 10);
        assert!(first.problems(1, "alliance", &[]).is_empty());
        let mut code = Suspects::new();
        code.look(999.0, 3);
        first.merge(&code, 20);
        assert_eq!(first.problems(1, "alliance", &[])[0].line, 23);
    }
}
